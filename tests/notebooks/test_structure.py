"""What every chapter and solution must keep to, whatever it teaches."""

import ast
import itertools
import re

import nbformat
import pytest

# The share of code cells whose output may differ between runs (a device's name, say).
IGNORED_SHARE = 1 / 10
# The share of code cells that must show or assert something.
PROVING_SHARE = 9 / 10
PAGE_WIDTH = 100  # characters of code that a wide page shows
LONGEST_CELL = 25  # lines
ASSERTIONS = ("assert", "confirm.", "check.", "np.testing", "torch.testing")


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    """Markdown cells with their code blocks and inline code removed."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return [re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL) for text in texts]


def figures(notebook):
    return [cell for cell in code(notebook) if any("image/png" in output.get("data", {}) for output in cell.outputs)]


def test_every_code_cell_was_executed_in_order_and_none_failed(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    assert not [output for cell in code(notebook) for output in cell.outputs if output.output_type == "error"]


def test_nothing_was_written_to_stderr(notebook):
    noise = [output.text for cell in code(notebook) for output in cell.outputs if output.get("name") == "stderr"]
    assert not noise


def test_outputs_carry_no_address_path_or_date(notebook):
    unstable = re.compile(r"0x[0-9a-f]{6,}|/(?:home|root|tmp|work|usr)/|\b20\d\d-\d\d-\d\d\b")
    texts = [
        str(value)
        for cell in code(notebook)
        for output in cell.outputs
        for kind, value in [*output.get("data", {}).items(), ("text", output.get("text", ""))]
        if kind != "image/png"
    ]
    assert not [match[0] for text in texts if (match := unstable.search(text))]


def test_cells_prove_something(notebook):
    silent = [
        cell.source.splitlines()[0]
        for cell in code(notebook)
        if not cell.outputs and not any(word in cell.source for word in ASSERTIONS) and not defines_only(cell.source)
    ]
    assert len(silent) <= (1 - PROVING_SHARE) * len(code(notebook)), silent


def defines_only(source):
    """Say whether a cell holds nothing but imports and definitions."""
    source = re.sub(r"(?m)^(\s*)%.*$", r"\1pass", source)
    definitions = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.If)
    return all(isinstance(statement, definitions) for statement in ast.parse(source).body)


def test_code_fits_the_page(notebook):
    lines = [line for cell in code(notebook) for line in cell.source.splitlines() if len(line) > PAGE_WIDTH]
    assert not lines
    assert max(len(cell.source.splitlines()) for cell in code(notebook)) <= LONGEST_CELL


def test_few_cells_opt_out_of_comparison_and_say_why(notebook):
    ignored = [
        cell
        for cell in code(notebook)
        if any(tag in cell.metadata.get("tags", []) for tag in ("nbval-ignore-output", "nbval-skip"))
    ]
    assert len(ignored) <= IGNORED_SHARE * len(code(notebook))
    assert all("#" in cell.source for cell in ignored), "a cell tagged nbval-ignore-output has no comment that says why"


def test_first_code_cell_installs_the_toolbox(notebook):
    first = code(notebook)[0].source
    assert 'importlib.util.find_spec("course_utils") is None' in first
    assert re.search(r'%pip install --quiet "git\+https://github\.com/[\w.-]+/[\w.-]+"', first)


def test_one_title_and_no_heading_level_skipped(notebook):
    levels = [len(match[1]) for text in prose(notebook) for match in re.finditer(r"(?m)^(#{1,6}) \S", text)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_markdown_reads_the_same_everywhere(notebook):
    raw = re.compile(r":::|\{(?:cite|ref|eq|numref|doc|term|math)[:}a-z]*`|^\s*\.\. |^\(\w[\w-]*\)=", re.MULTILINE)
    found = [match[0] for text in prose(notebook) if (match := raw.search(text))]
    fenced = [cell.source for cell in notebook.cells if cell.cell_type == "markdown" and "```{" in cell.source]
    assert not found and not fenced, "MyST syntax shows as code in Colab and on GitHub"


def test_mathematics_is_balanced(notebook):
    for text in prose(notebook):
        without_blocks = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
        assert "$$" not in without_blocks, text[:80]
        assert all(line.count("$") % 2 == 0 for line in without_blocks.splitlines()), text[:80]


def test_details_leave_a_blank_line_after_a_summary_without_mathematics(notebook):
    for text in (cell.source for cell in notebook.cells if cell.cell_type == "markdown"):
        assert text.count("<details>") == text.count("</details>")
        for summary, after in re.findall(r"<summary>(.*?)</summary>(\n?\n?)", text):
            assert "$" not in summary and after == "\n\n"


def test_every_figure_has_its_own_alt_text(notebook):
    texts = [cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "") for cell in figures(notebook)]
    assert all(len(text) > 40 for text in texts), "give the cell metadata mystnb.image.alt: what does the figure show?"
    assert len(set(texts)) == len(texts)


def test_no_person_is_blamed_and_nothing_is_called_easy(notebook):
    banned = re.compile(r"\b(?:simply|obviously|trivially|of course|just)\b", re.IGNORECASE)
    assert not [match[0] for text in prose(notebook) if (match := banned.search(text))]


def test_notebooks_never_time_and_never_reach_the_network(notebook):
    names = re.compile(r"\b(?:perf_counter|%timeit|%%timeit|time\.time|urllib|requests|urlopen|wget|curl)\b")
    assert not [cell.source for cell in code(notebook)[1:] if names.search(cell.source)]


def test_stored_form_repeats(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata["language_info"] == {"name": "python"}
    assert not [cell for cell in notebook.cells if "execution" in cell.metadata]
    identifiers = [cell.id for cell in notebook.cells]
    assert len(set(identifiers)) == len(identifiers)


def test_the_chapter_closes_as_every_chapter_does(notebook):
    headings = re.findall(r"(?m)^## (.+)$", "\n".join(prose(notebook)))
    assert headings[-4:] == ["What you can now do", "Exercises", "Mistakes people make here", "References"]


@pytest.mark.parametrize("source, expected", [("import a\ndef f(): pass", True), ("x = 1", False), ("f(2)", False)])
def test_defines_only(source, expected):
    assert defines_only(source) is expected
