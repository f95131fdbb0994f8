"""The network that writes in the browser: as PyTorch computes it, from this site alone, usable by everybody."""

import json
import sys
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from docutils.core import publish_doctree
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sphinx.errors import ExtensionError
from torch import nn

from course_utils import sample, train
from course_utils.text import Vocabulary
from tests.site.conftest import ROOT, SITE, until, visit

sys.path.insert(0, str(ROOT / "book" / "_extensions"))
import live_char_lstm

PAGE = "notebooks/solutions/char_lstm.html"
FOLDER = SITE / "_static" / "live"
WEIGHTS = FOLDER / "tiny_shakespeare.safetensors"
LARGEST_DOWNLOAD = 600_000
SEED = "ROMEO:"
SLOW_MACHINE = 120_000  # milliseconds


def dequantised():
    """Return the weights that the browser computes with, by PyTorch's names."""
    stored = load_file(WEIGHTS)
    return {
        name: stored[name] * stored[f"{name}.scale"].astype(np.float64)[:, None] if value.ndim == 2 else value
        for name, value in stored.items()
        if not name.endswith(".scale")
    }


def vocabulary():
    with safe_open(WEIGHTS, "numpy") as file:
        return Vocabulary(file.metadata()["vocabulary"])


def reference(length, seed_text=SEED, **settings):
    """Return what Python writes with the browser's weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about characters that are left out
        return sample.generate(sample.Stepper(dequantised(), np.float64), vocabulary(), seed_text, length, **settings)


def torch_logits(weights, ids, dtype):
    """Return PyTorch's logits after each character, shape (T, V)."""
    characters, hidden_size = weights["output.weight"].shape
    embedding = nn.Embedding(*weights["embedding.weight"].shape, dtype=dtype)
    lstm = nn.LSTM(embedding.embedding_dim, hidden_size, dtype=dtype)
    output = nn.Linear(hidden_size, characters, dtype=dtype)
    for prefix, layer in (("embedding.", embedding), ("lstm.", lstm), ("output.", output)):
        layer.load_state_dict(
            {
                name.removeprefix(prefix): torch.tensor(np.asarray(value), dtype=dtype)
                for name, value in weights.items()
                if name.startswith(prefix)
            }
        )
    with torch.inference_mode():
        return output(lstm(embedding(torch.as_tensor(ids)))[0]).numpy()


@pytest.fixture
def opened(browser, site_url):
    contexts = []

    def open_page(width=1400, bypass_csp=False, **media):
        result = visit(browser, site_url, PAGE, width, bypass_csp=bypass_csp)
        if media:
            result.tab.emulate_media(**media)
        contexts.append(result.context)
        return result

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def shared(browser, site_url):
    """One tab for the tests that leave the page as they found it, but for the text."""
    # `in_browser` runs text as code, which the site's own policy forbids.
    result = visit(browser, site_url, PAGE, 1400, bypass_csp=True)
    yield result
    result.context.close()


def settle(tab):
    """Wait until the network has written, or says why it cannot."""
    until(
        tab,
        """() => /^(Done|Stopped|The network could not|Loading was)/
        .test(document.querySelector('.live-status').textContent)""",
        seconds=SLOW_MACHINE / 1000,
    )


def fill(tab, seed_text=SEED, temperature=0.7, length=80, start=5):
    tab.get_by_label("Seed text").fill(seed_text)
    tab.get_by_label("Temperature").fill(str(temperature))
    tab.get_by_label("Characters to write").fill(str(length))
    tab.get_by_label("Random start").fill(str(start))


def press(tab, name):
    tab.get_by_role("button", name=name, exact=True).click()


def written(tab, **settings):
    """Fill the form, let the network write, and return the text on the page."""
    fill(tab, **settings)
    press(tab, "Write")
    settle(tab)
    return tab.locator(".live-text").text_content()


def status(tab):
    return tab.locator(".live-status").text_content()


def in_browser(tab, body, argument):
    """Run JavaScript with the site's own module, a network and an argument."""
    return tab.evaluate(
        """async ([body, argument]) => {
        const folder = new URL(document.querySelector("script[src*='write.js']").src);
        const module = await import(new URL("char_lstm.js", folder));
        const file = await (await fetch(new URL("tiny_shakespeare.safetensors", folder))).arrayBuffer();
        return new Function("module", "network", "argument", body)(module, new module.CharLSTM(file), argument);
    }""",
        [body, argument],
    )


def whole_text(tab, seed_text=SEED):
    """Return what the page writes with the settings of `fill`, 2000 characters of it, without waiting for the page."""
    return seed_text + in_browser(
        tab,
        """
        const text = network.write(argument, 0.7, module.randomNumbers(5));
        return Array.from({ length: 2000 }, () => text.next().value).join("");""",
        seed_text,
    )


# --- what it computes -------------------------------------------------------------------------------------------------


# With 32 bits PyTorch itself is off by some 1e-5 on text, and by more on characters in an order that no text has.
@pytest.mark.parametrize(
    "dtype, every_character, agreement", [(torch.float32, [], 1e-3), (torch.float64, range(65), 1e-9)]
)
def test_logits_are_pytorchs(shared, dtype, every_character, agreement):
    ids = [*vocabulary().encode(reference(200)).tolist(), *every_character]
    found = np.array(in_browser(shared.tab, "return argument.map((id) => [...network.step(id)]);", ids))
    expected = torch_logits(dequantised(), ids, dtype)
    assert found.shape == expected.shape == (len(ids), 65)
    assert np.abs(found - expected).max() < agreement


def test_greedy_text_is_pythons(opened):
    result = opened()
    assert written(result.tab, temperature=0, length=300) == SEED + reference(300, temperature=0)
    assert result.console == result.failed == result.elsewhere == []


@pytest.mark.parametrize("temperature", [0.4, 1, 2])
def test_drawn_text_is_pythons_with_the_same_random_numbers(shared, temperature):
    numbers = np.random.default_rng(8).random(300).tolist()
    found = in_browser(
        shared.tab,
        f"""
        const text = network.write("{SEED}", {temperature}, () => argument.shift());
        return argument.map(() => 0).map(() => text.next().value).join("");""",
        numbers,
    )
    assert found == reference(300, temperature=temperature, seed=8)


def test_random_numbers_are_uniform(shared):
    numbers = np.array(
        in_browser(
            shared.tab,
            """
        return argument.map((start) => {
            const random = module.randomNumbers(start);
            return Array.from({ length: 2000 }, () => random());
        });""",
            [0, 1, 2, 2**32 - 1],
        )
    )
    assert numbers.min() >= 0 and numbers.max() < 1
    for row in numbers:
        counts = np.histogram(row, bins=10, range=(0, 1))[0]
        # χ² with 9 degrees of freedom exceeds 28 once in a thousand.
        assert ((counts - 200) ** 2 / 200).sum() < 28
        assert abs(np.corrcoef(row[:-1], row[1:])[0, 1]) < 0.08
    assert np.abs(np.corrcoef(numbers) - np.eye(4)).max() < 0.08


def test_rounding_costs_less_than_a_thousandth_of_a_nat():
    """The page says so. Where texts come from the exact network, the loss that rounding adds is the divergence."""
    exact, alphabet, _ = sample.showcase()
    ids = alphabet.encode(sample.generate(exact, alphabet, SEED, 4000, temperature=1.0)).tolist()
    before, after = (
        torch.log_softmax(torch.tensor(np.array([model.step(character).copy() for character in ids])), 1)
        for model in (exact, sample.Stepper(dequantised(), np.float64))
    )
    added = (before.exp() * (before - after)).sum(1).mean().item()
    assert 0 < added < 0.001


# --- what it loads ----------------------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_the_button_and_little_after(opened):
    result = opened()
    requests = []
    before = result.tab.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not [url for url in before if "char_lstm.js" in url or "safetensors" in url]
    result.tab.on("request", lambda request: requests.append(request.url))
    written(result.tab, length=3)
    assert result.tab.locator("progress").evaluate("loaded => loaded.hidden && loaded.value === loaded.max")
    written(result.tab, length=3)
    names = sorted(
        url.rsplit("/", 1)[1].split("?")[0] for url in requests if not url.endswith((".woff2", ".webp"))
    )  # of formulas and figures that came into view
    assert names == ["char_lstm.js", "tiny_shakespeare.safetensors"]
    assert sum((FOLDER / name).stat().st_size for name in names) <= LARGEST_DOWNLOAD
    assert result.elsewhere == []
    shown = f"{round(WEIGHTS.stat().st_size / 1000)} kB"
    assert shown in result.tab.locator("#let-it-write-here > p").first.text_content()


def test_only_its_own_page_loads_it():
    with_script = [
        path.relative_to(SITE).as_posix()
        for path in SITE.rglob("*.html")
        if "write.js" in path.read_text(encoding="utf-8")
    ]
    assert with_script == [PAGE]


def test_markup_needs_no_exception_from_a_strict_policy():
    soup = BeautifulSoup((SITE / PAGE).read_text(encoding="utf-8"), "html.parser")
    box = soup.select_one("#live")
    for tag in [box, *box.find_all(True)]:
        assert tag.name not in ("script", "style")
        assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], tag


def test_writes_under_a_strict_policy(opened):
    result = opened()

    def strict(route):
        answer = route.fetch()
        route.fulfill(
            response=answer,
            headers={
                **answer.headers,
                "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self'",
            },
        )

    result.context.route("**/char_lstm.html", strict)
    result.tab.reload()
    assert len(written(result.tab, length=20)) == len(SEED) + 20


@pytest.mark.parametrize(
    "fault, reason", [("no answer", "Failed to fetch"), ("not there", "404"), ("cut off", "9 bytes")]
)
def test_failed_download_is_said_and_the_stored_text_stays(opened, fault, reason):
    tab = opened().tab
    stored = tab.locator(".live-text").text_content()
    answer = {
        "no answer": lambda route: route.abort(),
        "not there": lambda route: route.fulfill(status=404),
        "cut off": lambda route: route.fulfill(body=b"too short"),
    }[fault]
    tab.route("**/*.safetensors*", answer)
    assert written(tab) == stored
    assert status(tab).startswith("The network could not be loaded:") and reason in status(tab)
    assert tab.locator("progress").is_hidden()
    tab.unroute("**/*.safetensors*")
    assert len(written(tab, length=20)) == len(SEED) + 20


def test_page_opened_as_a_file_says_what_to_do(browser):
    context = browser.new_context()
    tab = context.new_page()
    errors = []
    tab.on("console", lambda message: message.type == "error" and errors.append(message.text))
    tab.goto((SITE / PAGE).as_uri())
    assert [error for error in errors if "live" in error] == []
    assert written(tab).startswith(SEED)
    assert "make serve" in status(tab)
    context.close()


def test_loading_can_be_stopped_and_begun_again(opened):
    tab = opened().tab
    tab.route("**/*.safetensors*", lambda route: None)  # no answer ever comes
    press(tab, "Write")
    until(tab, "!document.querySelector('.live progress').hidden")
    press(tab, "Stop")
    assert status(tab).startswith("Loading was stopped")
    until(tab, "document.querySelector('.live progress').hidden")
    tab.unroute("**/*.safetensors*")
    assert len(written(tab, length=20)) == len(SEED) + 20


# --- how it is used ---------------------------------------------------------------------------------------------------


def test_same_start_same_text_and_another_one_another(shared):
    tab = shared.tab
    first = written(tab)
    assert written(tab) == first
    assert "random start 5" in status(tab)
    press(tab, "Another text")
    assert tab.get_by_label("Random start").input_value() == "6"
    settle(tab)
    assert tab.locator(".live-text").text_content() != first
    assert written(tab, start=5) == first


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_stopped_text_goes_on_where_it_was(opened, motion):
    tab = opened(bypass_csp=True, reduced_motion=motion).tab
    whole = whole_text(tab)
    fill(tab, length=2000)
    press(tab, "Write")
    until(tab, "document.querySelector('.live-text').textContent.length > 60")
    press(tab, "Stop")
    until(tab, "document.querySelector('.live-status').textContent.startsWith('Stopped')")
    stopped = tab.locator(".live-text").text_content()
    assert whole.startswith(stopped) and len(SEED) < len(stopped) < len(whole)
    assert f"Stopped after {len(stopped) - len(SEED)} characters" in status(tab)
    # The settings of a text are those that it began with.
    fill(tab, seed_text="Nurse:", temperature=2, start=9, length=100)
    press(tab, "Go on")
    until(tab, "document.querySelector('.live-status').textContent.startsWith('Done')")
    longer = tab.locator(".live-text").text_content()
    assert whole.startswith(longer) and len(longer) == len(stopped) + 100
    assert f"{len(longer) - len(SEED)} characters, temperature 0.7, random start 5" in status(tab)


def test_a_new_text_takes_the_place_of_one_that_is_being_written(shared):
    tab = shared.tab
    fill(tab, length=2000)
    press(tab, "Write")
    until(tab, "document.querySelector('.live-text').textContent.length > 60")
    assert written(tab, seed_text="Nurse:") == whole_text(tab, "Nurse:")[: len("Nurse:") + 80]


@pytest.mark.parametrize("seed_text, left_out", [("Fë€:", "ë €"), ("€", "€"), ("", "")])
def test_characters_never_seen_are_left_out_and_named(shared, seed_text, left_out):
    tab = shared.tab
    assert written(tab, seed_text=seed_text, temperature=0, length=60) == seed_text + reference(
        60, seed_text=seed_text, temperature=0
    )
    assert ("Left out, because the network has never seen it: " + left_out in status(tab)) == bool(left_out)


def test_line_breaks_are_read(shared):
    seed_text = "KING:\nI am\n"
    assert written(shared.tab, seed_text=seed_text, temperature=0, length=60) == seed_text + reference(
        60, seed_text=seed_text, temperature=0
    )


@pytest.mark.parametrize("wrong", ["", "0", "5001"])
def test_impossible_length_is_refused(shared, wrong):
    tab = shared.tab
    before = written(tab, length=30)
    fill(tab, seed_text="Nurse:")
    tab.get_by_label("Characters to write").fill(wrong)
    for button in ("Write", "Go on", "Another text"):
        press(tab, button)
        assert tab.evaluate("document.activeElement.name") == "characters"
        assert tab.locator(".live-text").text_content() == before and status(tab).startswith("Done")


def test_keyboard_alone_is_enough(opened):
    tab = opened().tab
    tab.get_by_label("Seed text").focus()
    tab.keyboard.press("ControlOrMeta+a")
    tab.keyboard.type("Nurse:")
    tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("label[for=live-temperature]").inner_text() == "Temperature: 0.8"
    tab.keyboard.press("Tab")
    tab.keyboard.type("3000")
    tab.keyboard.press("Tab")
    seen = []
    for _ in range(2):
        tab.keyboard.press("Tab")
        seen.append(
            tab.evaluate("""() => [document.activeElement.textContent,
                                           getComputedStyle(document.activeElement).outlineStyle]""")
        )
    assert seen == [["Write", "solid"], ["Another text", "solid"]]
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Enter")
    until(tab, "document.querySelector('.live-status').textContent.startsWith('Writing')")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Stop"
    tab.keyboard.press("Space")
    settle(tab)
    assert "temperature 0.8" in status(tab) and tab.evaluate("document.activeElement.textContent") == "Go on"
    assert tab.locator(".live-text").text_content().startswith("Nurse:")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "live-text"


def test_focus_is_kept_when_loading_is_stopped(opened):
    tab = opened().tab
    tab.route("**/*.safetensors*", lambda route: None)
    press(tab, "Write")
    press(tab, "Stop")
    assert tab.evaluate("document.activeElement.textContent") == "Write"


def changes(tab, part, **settings):
    """Let the network write; return how often a part of the page changed, and in how many seconds."""
    tab.evaluate(
        """part => {
        window.changes = 0;
        new MutationObserver(found => { window.changes += found.length; })
            .observe(document.querySelector(part), { childList: true, characterData: true, subtree: true });
    }""",
        part,
    )
    began = time.monotonic()
    written(tab, **settings)
    return tab.evaluate("window.changes"), time.monotonic() - began


def test_a_screen_reader_is_told_the_beginning_and_the_end(shared):
    tab = shared.tab
    assert changes(tab, ".live-status", length=200)[0] <= 3
    roles = tab.eval_on_selector_all(
        ".live :is([aria-live], [role])", "found => found.map(element => element.getAttribute('role'))"
    )
    assert roles == ["status", "region"]


def test_less_motion_means_few_additions(opened):
    found, seconds = changes(opened(reduced_motion="reduce").tab, ".live-text", length=200)
    assert found <= 3 + seconds / 0.6  # the seed text in the place of the stored one, then pieces and a rest
    assert changes(opened().tab, ".live-text", length=200)[0] > 60


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_is_accessible_and_fits_while_it_writes_and_after(opened, width, theme):
    tab = opened(width, color_scheme=theme).tab
    until(tab, "theme => document.documentElement.dataset.theme === theme", arg=theme)
    for begin in (lambda: written(tab, seed_text="m" * 300), lambda: press(tab, "Write")):
        begin()
        found = Axe().run(tab, context="#let-it-write-here", options={"resultTypes": ["violations"]}).response
        assert [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]] == []
        for part in ("html", ".live-text"):
            assert tab.locator(part).evaluate("part => part.scrollWidth <= part.clientWidth"), part


def test_text_moves_nothing_else_on_the_page(opened):
    tab = opened().tab
    tab.evaluate("document.querySelector('.bd-article').classList.add('laid-out')")
    tab.get_by_role("button", name="Write", exact=True).scroll_into_view_if_needed()
    place = """() => {
        const { top, height } = document.querySelector(".live-text").getBoundingClientRect();
        return [top, height];
    }"""
    before = tab.evaluate(place)
    written(tab, seed_text="KING:\n" * 30)
    assert tab.evaluate(place) == before
    assert tab.evaluate("""() => { const text = document.querySelector(".live-text");
        return text.scrollHeight - text.scrollTop - text.clientHeight < 2; }"""), "the end of the text is in sight"


def test_a_reader_who_scrolled_back_is_left_there(shared):
    tab = shared.tab
    fill(tab, seed_text="KING:\n" * 30, length=2000)
    press(tab, "Write")
    until(tab, "document.querySelector('.live-text').scrollTop > 100")
    length = tab.locator(".live-text").evaluate("text => { text.scrollTop = 0; return text.textContent.length; }")
    until(tab, "length => document.querySelector('.live-text').textContent.length > length + 60", arg=length)
    press(tab, "Stop")
    settle(tab)
    assert tab.locator(".live-text").evaluate("text => text.scrollTop") == 0


def test_without_scripts_the_stored_text_is_there(browser, site_url):
    notebook = json.loads((ROOT / PAGE).with_suffix(".ipynb").read_text(encoding="utf-8"))
    cell = next(
        cell
        for cell in notebook["cells"]
        if live_char_lstm.CELL in "".join(cell["source"]) and cell["cell_type"] == "code"
    )
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site_url + PAGE)
    text = tab.locator(".live-text")
    assert text.is_visible()
    assert len(text.text_content()) > 400
    assert text.text_content() in "".join(cell["outputs"][0]["text"])
    assert tab.locator(".live form").is_hidden()
    assert tab.locator(".live noscript").is_visible()
    context.close()


# --- how it is made ---------------------------------------------------------------------------------------------------


def test_rounding_is_undone_by_the_scale():
    numbers = np.random.default_rng(3).normal(size=(5, 4)) * np.array([1e-3, 1, 7, 0, 1e3])[:, None]
    whole, scales = live_char_lstm.rounded(numbers.ravel().tolist(), 4)
    whole, scales = np.reshape(whole, (5, 4)), np.array(scales)[:, None]
    assert (np.abs(whole).max(1) == [127, 127, 127, 0, 127]).all()
    assert (np.abs(whole * scales - numbers) <= scales * 0.501).all()


def test_published_weights_are_the_toolboxs():
    exact = train.load(ROOT / live_char_lstm.CHECKPOINT)[0]
    found = dequantised()
    assert sorted(found) == sorted(exact)
    for name, value in found.items():
        largest = np.abs(exact[name].numpy()).max(axis=-1, keepdims=True) if value.ndim == 2 else 0
        assert np.abs(value - exact[name].numpy()).max() <= np.max(largest) * 0.501 / 127, name


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda tensors: tensors.pop("model.output.bias"), "expected embedding.weight"),
        (lambda tensors: tensors.update({"model.lstm.weight_hh_l1": np.zeros((4, 1), np.float16)}), "one layer"),
        (lambda tensors: tensors.update({"model.output.bias": np.zeros(2, np.int64)}), "type I64; expected one of F16"),
    ],
)
def test_other_networks_are_refused(tmp_path, change, message):
    path = tmp_path / "other.safetensors"
    tensors = load_file(ROOT / live_char_lstm.CHECKPOINT)
    change(tensors)
    save_file(tensors, path, metadata={"card": json.dumps({"vocabulary": "ab"})})
    with pytest.raises(ExtensionError, match=message):
        live_char_lstm.compact(path)


def test_missing_weights_say_what_to_do(tmp_path):
    with pytest.raises(ExtensionError, match="Restore it"):
        live_char_lstm.compact(tmp_path / "none.safetensors")


def test_notebook_without_the_cell_is_a_warning(monkeypatch):
    warned = []
    monkeypatch.setattr(live_char_lstm.logger, "warning", lambda message, *values, **_: warned.append(message % values))
    doctree = publish_doctree("Title\n=====\n\nA page without code.\n")
    before = doctree.pformat()
    for page in (live_char_lstm.PAGE, "another/page"):
        app = SimpleNamespace(env=SimpleNamespace(docname=page), builder=SimpleNamespace(format="html"))
        live_char_lstm.add_to_page(app, doctree)
    assert len(warned) == 1 and "no cell with 'sample.showcase()'" in warned[0]
    assert doctree.pformat() == before


@pytest.mark.parametrize(
    "pages, published",
    [({live_char_lstm.PAGE}, ["char_lstm.js", "tiny_shakespeare.safetensors", "write.js"]), ({"another/page"}, [])],
)
def test_site_without_the_page_publishes_no_network(tmp_path, pages, published):
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"), env=SimpleNamespace(found_docs=pages), srcdir=ROOT, outdir=tmp_path
    )
    live_char_lstm.publish(app, None)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == published
