"""The planted faults: every kind of mistake that a change to the course can make, each as data.

A fault stands here so that the check beside it is seen to turn red, once a week. Add one for each new kind of check.
"""

from tests.faults.planting import (
    BUILD,
    RUFF,
    Fault,
    cells,
    in_output,
    in_source,
    replaced,
    site,
    tagged,
    tests,
    with_picture_of,
    without_alt,
    without_cell,
    without_outputs,
)

DERIVATION = "derivation"
TOOLBOX = "toolbox"
ANSWERS = "checker"
STALE = "stored outputs"
ASSERTION = "assertion"
LINK = "link or badge"
PAGE = "page"
FIGURE = "figure"
ASSIGNMENT = "assignment"
VERSION = "version"
NETWORK = "network"
SITE = "site"
DATA = "data"
WORKFLOW = "workflow"
PROJECT = "project"
KINDS = (
    DERIVATION,
    TOOLBOX,
    ANSWERS,
    STALE,
    ASSERTION,
    LINK,
    PAGE,
    FIGURE,
    ASSIGNMENT,
    VERSION,
    NETWORK,
    SITE,
    DATA,
    WORKFLOW,
    PROJECT,
)

# Where one test is the check, its failing is all that can be said.
FAILED = "FAILED tests/"
OPTIMIZER = "toolbox/test_optimize.py::test_every_step_is_the_step_of_torch"


def notebook(name):
    return f"notebooks/{name}.ipynb"


def derivation(name, chapter, cell, old, new, until):
    """A slip in a chapter's own code, found when the chapter is re-executed up to the cell `until`."""
    return Fault(
        name,
        DERIVATION,
        notebook(chapter),
        in_source(cell, old, new),
        cells(chapter, until),
        f"part_{chapter}.ipynb::Cell",
    )


def toolbox(name, module, old, new, *names, kind=TOOLBOX):
    return Fault(name, kind, f"src/course_utils/{module}.py", replaced(old, new), tests(*names), FAILED)


def answers(name, module, old, new, *names):
    return toolbox(name, f"check/{module}", old, new, *names, kind=ANSWERS)


def structure(name, kind, chapter, plant, test):
    """Something in a notebook that is told without executing it."""
    return Fault(name, kind, notebook(chapter), plant, tests(f"notebooks/{test}"), FAILED)


def document(name, kind, file, old, new, test):
    return Fault(name, kind, file, replaced(old, new), tests(f"project/test_documents.py::{test}"), FAILED)


DERIVATIONS = [
    derivation(
        "normal-equation-sign", "01_linear_regression", "01-007", "- beta_1 * x[i]", "+ beta_1 * x[i]", "01-010"
    ),
    derivation("normal-equation-factor", "01_linear_regression", "01-007", "(i, 1, n)) / 2", "(i, 1, n))", "01-010"),
    derivation("descent-sign", "02_gradient_descent", "02-017", "(theta - eta *", "(theta + eta *", "02-017"),
    derivation(
        "log-likelihood-slope-factor", "03_artificial_neurons", "03-025", "* a * (1 - a))", "* a * (1 + a))", "03-025"
    ),
    derivation("hidden-slope-left-out", "04_backpropagation", "04-013", " * a_1 * (1 - a_1)", "", "04-015"),
    derivation(
        "cross-entropy-sign", "04_backpropagation", "04-009", "+ (1 - y) * sp.log", "- (1 - y) * sp.log", "04-009"
    ),
    derivation(
        "residual-sign", "05_computation_graphs", "05-014", "[-(y - p) * df2_df1", "[(y - p) * df2_df1", "05-014"
    ),
    derivation(
        "softmax-order",
        "05_computation_graphs",
        "05-020",
        "for score in scores]",
        "for score in scores[::-1]]",
        "05-020",
    ),
    derivation("input-gate-sign", "07_ann_rnn_lstm", "07-013", "+ i * g", "- i * g", "07-015"),
    derivation("cell-not-squashed", "08_lstm_gates", "08-009", "o * torch.tanh(c)", "o * c", "08-009"),
    derivation(
        "clinic-slope", "09_clinic", "09-011", "slope_1 = a_1 * (1 - a_1)", "slope_1 = a_1 * (1 + a_1)", "09-011"
    ),
]

TOOLS = [
    Fault(
        "derive-constant-lost",
        TOOLBOX,
        "src/course_utils/derive.py",
        replaced("constant * (total.doit()", "(total.doit()"),
        cells("01_linear_regression", "01-010"),
        "part_01_linear_regression.ipynb::Cell",
    ),
    toolbox(
        "derive-trace-lost",
        "derive",
        "(scalar if column else sp.Trace(scalar))",
        "scalar",
        "toolbox/test_derive.py::test_gradient_with_respect_to_a_matrix_has_its_shape_and_equals_autograd",
    ),
    toolbox(
        "derive-wrong-rule-passes",
        "derive",
        "(found - entries).expand() != sp.zeros(*entries.shape)",
        "False",
        "toolbox/test_derive.py::test_a_wrong_matrix_rule_is_refused",
    ),
    toolbox(
        "confirm-half-the-step",
        "confirm",
        "/ (2 * STEP)",
        "/ STEP",
        "toolbox/test_confirm.py::test_a_true_gradient_is_confirmed_by_both_oracles",
    ),
    toolbox(
        "confirm-tolerance-of-differences",
        "confirm",
        '"finite differences": 1e-20',
        '"finite differences": 1e-4',
        "toolbox/test_confirm.py::test_a_false_gradient_names_the_entry_the_claim_and_what_was_found",
    ),
    toolbox(
        "confirm-tolerance-of-autograd",
        "confirm",
        '"autograd": 1e-9',
        '"autograd": 1e9',
        "toolbox/test_confirm.py::test_autograd_is_an_oracle_of_its_own",
    ),
    toolbox(
        "confirm-one-sided",
        "confirm",
        "return abs(found - expected) <=",
        "return found - expected <=",
        "toolbox/test_confirm.py::test_a_false_gradient_names_the_entry_the_claim_and_what_was_found",
    ),
    toolbox("adam-uncorrected", "optimize", "m / (1 - decay_1**t)", "m", OPTIMIZER),
    toolbox(
        "rmsprop-epsilon-under-the-root",
        "optimize",
        "(np.sqrt(mean_square) + epsilon), mean_square",
        "np.sqrt(mean_square + epsilon), mean_square",
        OPTIMIZER,
    ),
    toolbox("momentum-sign", "optimize", "decay * state + gradient", "decay * state - gradient", OPTIMIZER),
    toolbox(
        "bound-halved",
        "optimize",
        "float(2 / curvatures[-1])",
        "float(1 / curvatures[-1])",
        "toolbox/test_optimize.py::test_the_bound_separates_convergence_from_divergence",
    ),
    toolbox(
        "reset-forgotten",
        "sequences",
        "so_far - taken",
        "so_far",
        "toolbox/test_sequences.py::test_every_target_follows_from_its_inputs",
    ),
    toolbox(
        "chance-too-low",
        "sequences",
        "max(self.opposite, 1 - self.opposite)",
        "min(self.opposite, 1 - self.opposite)",
        "toolbox/test_sequences.py::test_chance_by_hand",
    ),
    toolbox(
        "rate-never-falls",
        "train/loop",
        'group["lr"] = learning_rate * decay',
        'group["lr"] = learning_rate',
        "toolbox/test_train_loop.py::test_every_update_is_clipping_and_adam_written_out",
    ),
    toolbox(
        "worst-weights-kept",
        "train/loop",
        'score > best if metric == "accuracy"',
        'score < best if metric == "accuracy"',
        "toolbox/test_train_loop.py::test_patience_stops_and_puts_the_best_weights_back",
    ),
    toolbox(
        "parts-overlap",
        "text/parts",
        "return ids[:cut], ids[cut:]",
        "return ids[:cut + 1], ids[cut:]",
        "toolbox/test_text.py::test_shakespeare_is_cut_where_others_cut_it",
    ),
    toolbox(
        "temperature-upside-down",
        "sample/writing",
        "exponents /= temperature",
        "exponents *= temperature",
        "toolbox/test_sample.py::test_characters_come_as_often_as_softmax_says",
    ),
    toolbox(
        "slider-starts-elsewhere",
        "plot",
        "at_start = number == self.start",
        "at_start = number == 0",
        "toolbox/test_slider.py::test_one_frame_stands_and_all_else_is_hidden_where_styles_are_stripped",
    ),
]

CHECKER = [
    answers(
        "judge-one-point-suffices",
        "judge",
        "if all(equal(sample.given, sample.truth, tolerance)",
        "if any(equal(sample.given, sample.truth, tolerance)",
        "check/test_every_point.py",
    ),
    answers(
        "judge-forgives-half",
        "judge",
        "return Verdict(question.id, WRONG, 0.0, question.marks, diagnosis.slips",
        "return Verdict(question.id, WRONG, question.marks / 2, question.marks, diagnosis.slips",
        "check/test_every_point.py",
    ),
    answers(
        "bank-factor-lost",
        "bank/backpropagation",
        'W1_GRADIENT = f"{B1_GRADIENT}*x"',
        'W1_GRADIENT = f"{B1_GRADIENT}"',
        "check/test_backpropagation.py::test_the_four_gradients",
    ),
    answers(
        "bank-mistake-of-another-form",
        "bank/backpropagation",
        'Misconception("hidden-slope-left-out", (f"{DELTA_2}*w2*{last}",), HIDDEN_SLOPE_LEFT_OUT)',
        'Misconception("hidden-slope-left-out", (f"{DELTA_2}*w2*x*{last}",), HIDDEN_SLOPE_LEFT_OUT)',
        "project/test_check_bank_list.py::test_a_question_is_what_is_listed",
    ),
    Fault(
        "bank-marks-wrong",
        ANSWERS,
        "src/course_utils/check/human_marked.py",
        replaced('"A1-Q3": Total("Question 3", 5)', '"A1-Q3": Total("Question 3", 6)'),
        tests("check/test_scorecard.py::test_the_parts_of_each_question_add_up_to_its_marks"),
        FAILED,
    ),
]

STORED = [
    Fault(
        "stale-number",
        STALE,
        notebook("03_artificial_neurons"),
        in_output("03-007", "0.600000", "0.700000"),
        cells("03_artificial_neurons", "03-007"),
        "part_03_artificial_neurons.ipynb::Cell",
    ),
    Fault(
        "stale-formula",
        STALE,
        notebook("02_gradient_descent"),
        in_output("02-011", r"g + \frac{1}{\eta} s", r"g + \eta s"),
        cells("02_gradient_descent", "02-011"),
        "part_02_gradient_descent.ipynb::Cell",
    ),
    structure(
        "stale-picture",
        STALE,
        "03_artificial_neurons",
        with_picture_of("03-015", "03-005"),
        "test_executed.py::test_stored_is_what_was_executed[03_artificial_neurons]",
    ),
    structure(
        "stale-code",
        STALE,
        "03_artificial_neurons",
        in_source("03-015", "2 * first + 3 * second", "2 * first - 3 * second"),
        "test_executed.py::test_stored_is_what_was_executed[03_artificial_neurons]",
    ),
    structure(
        "outputs-cleared",
        STALE,
        "05_computation_graphs",
        without_outputs(),
        "test_structure.py::test_every_code_cell_was_executed_in_order_and_none_failed[05_computation_graphs]",
    ),
    structure(
        "output-not-compared",
        ASSERTION,
        "03_artificial_neurons",
        tagged("03-013", "nbval-ignore-output"),
        "test_proofs.py::test_a_notebook_proves_what_is_listed[03_artificial_neurons]",
    ),
    structure(
        "assertion-dropped",
        ASSERTION,
        "04_backpropagation",
        in_source("04-011", "assert delta_2 == a_2 - y\n", ""),
        "test_proofs.py::test_a_notebook_proves_what_is_listed[04_backpropagation]",
    ),
    structure(
        "assertion-weakened",
        ASSERTION,
        "02_gradient_descent",
        in_source("02-027", "< 1e-12", "< 1e+12"),
        "test_proofs.py::test_a_notebook_proves_what_is_listed[02_gradient_descent]",
    ),
    structure(
        "confirmation-dropped",
        ASSERTION,
        "01_linear_regression",
        without_cell("01-028"),
        "test_proofs.py::test_a_notebook_proves_what_is_listed[01_linear_regression]",
    ),
    structure(
        "confirmation-of-less",
        ASSERTION,
        "03_artificial_neurons",
        in_source("03-035", "at=[{z: 0.7, y: 1}, {z: 0.7, y: 0}, {z: -2, y: 1}]", "at={z: 0.7, y: 1}"),
        "test_proofs.py::test_a_notebook_proves_what_is_listed[03_artificial_neurons]",
    ),
]

PROSE = [
    structure(
        "number-quoted-wrongly",
        STALE,
        "03_artificial_neurons",
        replaced("a distance of 0.27735", "a distance of 0.27753"),
        "test_prose.py::test_a_page_says_what_is_listed[notebooks/03_artificial_neurons.ipynb]",
    ),
    structure(
        "sign-in-the-prose",
        DERIVATION,
        "04_backpropagation",
        replaced("The output error $a_2-y$ stands", "The output error $a_2+y$ stands"),
        "test_prose.py::test_a_page_says_what_is_listed[notebooks/04_backpropagation.ipynb]",
    ),
]

LINKS = [
    document(
        "badge-misspelt",
        LINK,
        notebook("02_gradient_descent"),
        "assets/colab-badge.svg",
        "assets/colab-bagde.svg",
        "test_badges_and_launch_links_are_whole",
    ),
    document(
        "launches-another-notebook",
        LINK,
        notebook("05_computation_graphs"),
        "urlpath=lab/tree/notebooks/05_computation_graphs.ipynb",
        "urlpath=lab/tree/notebooks/04_backpropagation.ipynb",
        "test_badges_and_launch_links_are_whole",
    ),
    document(
        "launches-another-branch",
        LINK,
        notebook("solutions/foundations"),
        "/blob/main/notebooks/solutions/foundations.ipynb",
        "/blob/master/notebooks/solutions/foundations.ipynb",
        "test_badges_and_launch_links_are_whole",
    ),
    document(
        "readme-badge-of-no-workflow",
        LINK,
        "README.md",
        "workflows/ci.yml/badge.svg",
        "workflows/test.yml/badge.svg",
        "test_the_readmes_badges_lead_somewhere",
    ),
    document(
        "readme-link-to-no-heading",
        LINK,
        "README.md",
        "(#licence)",
        "(#license)",
        "test_links_within_the_project_lead_to_files_and_headings",
    ),
    document(
        "link-to-no-file",
        LINK,
        notebook("01_linear_regression"),
        "(../book/references.md)",
        "(../book/reference.md)",
        "test_links_within_the_project_lead_to_files_and_headings",
    ),
    Fault(
        "install-cell-of-another-repository",
        LINK,
        notebook("07_ann_rnn_lstm"),
        in_source("07-002", "git+https://github.com/", "git+https://github.com/not-"),
        tests("project/test_repository.py::test_every_address_is_the_one_of_the_config"),
        FAILED,
    ),
    document(
        "command-that-is-none",
        PROJECT,
        "README.md",
        "`make lab` opens",
        "`make labs` opens",
        "test_commands_named_are_targets_of_the_makefile",
    ),
]

PAGES = [
    document(
        "page-not-listed",
        PAGE,
        "_toc.yml",
        "      - file: notebooks/05_computation_graphs\n",
        "",
        "test_every_page_is_in_the_table_of_contents",
    ),
    structure(
        "heading-skipped-in-a-chapter",
        PAGE,
        "06_training_networks",
        replaced('"## What you can now do', '"##### What you can now do'),
        "test_structure.py::test_one_title_and_no_heading_level_skipped[06_training_networks]",
    ),
    Fault(
        "heading-skipped-on-a-page",
        PAGE,
        "book/notation.md",
        replaced("\n## Descent", "\n#### Descent"),
        BUILD,
        "Non-consecutive header level",
    ),
    Fault(
        "term-that-no-glossary-has",
        PAGE,
        "book/references.md",
        lambda text: text + "\nA {term}`flux capacitor`.\n",
        BUILD,
        "term not in glossary",
    ),
    Fault(
        "formula-that-cannot-be-read",
        PAGE,
        "book/references.md",
        lambda text: text + "\n$$\n\\frac{1}{\n$$\n",
        BUILD,
        "KaTeX cannot render",
    ),
    Fault(
        "source-that-is-not-in-the-list",
        PAGE,
        "book/references.md",
        lambda text: text + "\n{cite}`Nobody1999`\n",
        BUILD,
        "Nobody1999",
    ),
    structure(
        "figure-without-alt-text",
        FIGURE,
        "03_artificial_neurons",
        without_alt("03-015"),
        "test_structure.py::test_every_figure_has_its_own_alt_text[03_artificial_neurons]",
    ),
    Fault(
        "picture-without-words",
        FIGURE,
        "book/references.md",
        lambda text: text + "\n![](_static/logo.svg)\n",
        tests("project/test_documents.py::test_every_picture_says_what_it_shows[book/references.md]"),
        FAILED,
    ),
]

ASSIGNMENTS = [
    Fault(
        "solution-in-the-student-version",
        ASSIGNMENT,
        notebook("assignments/char_lstm"),
        in_source(
            "char-lstm-021",
            "    def init_hidden(self, batch_size):\n",
            "    def init_hidden(self, batch_size):\n        weight = self.output.weight\n",
        ),
        tests("assignments/test_generated.py::test_stored_is_what_would_be_generated[char_lstm]"),
        FAILED,
    ),
    Fault(
        "mark-total-wrong",
        ASSIGNMENT,
        "book/assignment_1.md",
        replaced("| **40** |", "| **41** |"),
        tests("assignments/test_every_question.py::test_points_add_up_to_the_marks_of_the_sheet"),
        FAILED,
    ),
    Fault(
        "marks-of-a-row-wrong",
        ASSIGNMENT,
        "book/assignment_1.md",
        replaced("| 5 | 3 | 8 |\n| Question 2", "| 5 | 4 | 9 |\n| Question 2"),
        tests("project/test_sheets.py::test_rows_and_columns_of_the_table_add_up"),
        FAILED,
    ),
]

VERSIONS = [
    Fault(
        "pin-that-does-not-exist",
        VERSION,
        "requirements.txt",
        replaced("numpy==2.4.6", "numpy==2.4.666"),
        tests("project/test_versions.py::test_the_versions_named_are_the_versions_installed"),
        FAILED,
    ),
    Fault(
        "constraint-that-does-not-exist",
        VERSION,
        "requirements/constraints.txt",
        replaced("\nSphinx==7.4.7", "\nSphinx==7.4.77"),
        tests("project/test_versions.py::test_the_versions_named_are_the_versions_installed"),
        FAILED,
    ),
    Fault(
        "bound-that-nobody-meets",
        VERSION,
        "pyproject.toml",
        replaced("numpy>=1.26", "numpy>=126"),
        tests("project/test_versions.py::test_the_toolbox_accepts_the_versions_that_readers_have"),
        FAILED,
    ),
    Fault(
        "katex-that-does-not-exist",
        VERSION,
        "package.json",
        replaced('"0.16.22"', '"0.16.222"'),
        tests("project/test_versions.py::test_katex_is_installed_at_the_version_named"),
        FAILED,
    ),
    Fault(
        "python-that-does-not-exist",
        VERSION,
        ".github/workflows/weekly.yml",
        replaced('"3.13"', '"3.31"'),
        tests("project/test_versions.py::test_workflows_name_a_python_that_the_course_is_checked_with"),
        FAILED,
    ),
]

OFFLINE = [
    structure(
        "notebook-imports-a-downloader",
        NETWORK,
        "03_artificial_neurons",
        in_source("03-003", "import numpy as np\n", "import numpy as np\nimport urllib3\n"),
        "test_offline.py::test_only_known_modules_are_imported[03_artificial_neurons.ipynb]",
    ),
    structure(
        "notebook-fetches-data",
        NETWORK,
        "03_artificial_neurons",
        in_source("03-005", "load_iris(), load_digits()", "load_iris(), fetch_openml('mnist_784')"),
        "test_offline.py::test_no_cell_runs_a_command_or_fetches_anything[03_artificial_neurons.ipynb]",
    ),
    Fault(
        "notebook-reaches-the-network",
        NETWORK,
        notebook("05_computation_graphs"),
        in_source(
            "05-003", "rng = runtime", "import socket\nsocket.create_connection(('192.0.2.1', 80))\nrng = runtime"
        ),
        cells("05_computation_graphs", "05-003"),
        "part_05_computation_graphs.ipynb::Cell",
    ),
    structure(
        "random-numbers-without-a-seed",
        NETWORK,
        "02_gradient_descent",
        in_source("02-053", "np.random.default_rng(seed)", "np.random.default_rng()"),
        "test_offline.py::test_random_numbers_have_a_seed[02_gradient_descent.ipynb]",
    ),
]

ON_THE_SITE = [
    Fault(
        "script-from-elsewhere",
        SITE,
        "book/_templates/layout.html",
        replaced(
            "{% block extrahead %}", '{% block extrahead %}<script src="https://cdn.jsdelivr.net/npm/x.js"></script>'
        ),
        site("test_pages.py::test_loads_without_errors_and_from_this_site_alone[book/references.html-390]"),
        FAILED,
    ),
    Fault(
        "font-from-elsewhere",
        SITE,
        "book/_static/course.css",
        lambda text: '@import url("https://fonts.googleapis.com/css?family=Inter");\n' + text,
        BUILD,
        "does not know what @import",
    ),
    Fault(
        "page-without-description",
        SITE,
        "book/_templates/layout.html",
        replaced('<meta name="description"', '<meta name="summary"'),
        site("test_html.py::test_head_is_complete[book/references.html]"),
        "test_head_is_complete",
    ),
    Fault(
        "sign-without-a-glyph",
        SITE,
        "book/_extensions/prerendered_math.py",
        replaced("sorted(characters)", "sorted(characters)[:90]"),
        site("test_weight.py::test_no_sign_of_a_formula_is_missing_in_its_font[book/notation.html]"),
        FAILED,
    ),
    Fault(
        "wide-formula-out-of-the-keyboards-reach",
        SITE,
        "book/_static/course.js",
        replaced("    box.tabIndex = 0;\n", ""),
        site("test_use.py::test_wide_formulas_scroll_in_a_box_the_keyboard_reaches"),
        FAILED,
    ),
    Fault(
        "gates-exchanged-in-the-browser",
        SITE,
        "book/live/char_lstm.js",
        replaced("sigmoid(f) * this.c[unit] + sigmoid(i) *", "sigmoid(i) * this.c[unit] + sigmoid(f) *"),
        site("test_live.py::test_logits_are_pytorchs"),
        FAILED,
    ),
]

DATA_FILES = [
    Fault(
        "corpus-hash-changed",
        DATA,
        "src/course_utils/data/this_course.sha256",
        replaced("52dcf95c39", "52dcf95c38"),
        tests("toolbox/test_text.py::test_the_snapshot_of_this_course_is_the_one_of_its_card"),
        FAILED,
    ),
    Fault(
        "corpus-changed",
        DATA,
        "src/course_utils/data/this_course.txt",
        lambda text: text[:-2] + "!\n",
        tests("toolbox/test_text.py::test_the_snapshot_of_this_course_is_the_one_of_its_card"),
        FAILED,
    ),
]

WORKFLOWS = [
    Fault(
        "action-not-pinned",
        WORKFLOW,
        ".github/workflows/pages.yml",
        replaced("actions/deploy-pages@d6db90164ac5ed86f2b6aed7e0febac5b3c0c03e # v4.0.5", "actions/deploy-pages@v4"),
        tests("project/test_workflows.py::test_zizmor_finds_nothing"),
        FAILED,
    ),
    Fault(
        "token-may-write",
        WORKFLOW,
        ".github/workflows/ci.yml",
        lambda text: text.replace("contents: read", "contents: write", 1),
        tests("project/test_workflows.py::test_least_privilege"),
        FAILED,
    ),
    Fault(
        "code-of-a-fork-with-a-token",
        WORKFLOW,
        ".github/workflows/ci.yml",
        lambda text: text.replace("pull_request:", "pull_request_target:", 1),
        tests("project/test_workflows.py::test_least_privilege"),
        FAILED,
    ),
]

IN_THE_PROJECT = [
    document(
        "step-of-make-test-lost",
        PROJECT,
        "Makefile",
        "\t@$(BIN)/ruff check .\n",
        "",
        "test_make_test_leaves_nothing_out",
    ),
    document(
        "failure-ignored",
        PROJECT,
        "Makefile",
        "\t@$(BIN)/pytest -v tests/launch\n",
        "\t@$(BIN)/pytest -v tests/launch || true\n",
        "test_make_test_leaves_nothing_out",
    ),
    Fault(
        "unused-import",
        PROJECT,
        "src/course_utils/optimize.py",
        replaced("import numpy as np\n", "import math\n\nimport numpy as np\n"),
        RUFF,
        "F401",
    ),
]

FAULTS = (
    *DERIVATIONS,
    *TOOLS,
    *CHECKER,
    *STORED,
    *PROSE,
    *LINKS,
    *PAGES,
    *ASSIGNMENTS,
    *VERSIONS,
    *OFFLINE,
    *ON_THE_SITE,
    *DATA_FILES,
    *WORKFLOWS,
    *IN_THE_PROJECT,
)
