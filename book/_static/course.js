// What the pages do: one file in the place of the theme's scripts. It runs after the page is there, changes nothing that
// a reader sees before using it, and asks for the size of nothing that is not yet drawn (see "boxes that scroll").
"use strict";

const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const wide = matchMedia("(min-width: 992px)");  // the theme's width for side bars that stand beside the text

// --- light, dark or as the system has it (layout.html has set what is remembered) --------------------------------------

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

const nameMode = () => all(".theme-switch-button").forEach((button) => {
  button.setAttribute("aria-label", `Colors: ${root.dataset.mode}`);
});

function setMode(mode) {
  root.dataset.mode = mode;
  root.dataset.theme = mode !== "auto" ? mode : systemIsDark.matches ? "dark" : "light";
  nameMode();
  try { localStorage.setItem("mode", mode); } catch { /* not remembered where the reader forbids it */ }
}

// The first press changes what is seen.
const modes = () => systemIsDark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
all(".theme-switch-button").forEach((button) => button.addEventListener("click", () => {
  setMode(modes()[(modes().indexOf(root.dataset.mode) + 1) % 3]);
}));
systemIsDark.addEventListener("change", () => setMode(root.dataset.mode));
nameMode();

// Paper is light whatever the screen is.
let onScreen = root.dataset.theme;
addEventListener("beforeprint", () => { onScreen = root.dataset.theme; root.dataset.theme = "light"; });
addEventListener("afterprint", () => { root.dataset.theme = onScreen; });

// --- search -------------------------------------------------------------------------------------------------------------

const searchDialog = document.getElementById("pst-search-dialog");
const searchField = document.querySelector(".bd-search-container input[type=search]")
  ?? searchDialog?.querySelector("input");

function openSearch() {
  if (searchDialog?.contains(searchField) && !searchDialog.open) searchDialog.showModal();
  searchField?.focus();
  searchField?.select();
}

const onMac = /^(Mac|iPhone|iPad)/.test(navigator.platform);
if (onMac) all(".search-button__kbd-shortcut .kbd-shortcut__modifier:first-child").forEach((key) => key.textContent = "⌘");
addEventListener("keydown", (event) => {
  const shortcut = event.key.toLowerCase() === "k" && (onMac ? event.metaKey : event.ctrlKey);
  if (shortcut && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    if (searchDialog?.open) searchDialog.close(); else openSearch();
  }
});
all(".search-button__button").forEach((button) => button.addEventListener("click", openSearch));
if (document.querySelector(".bd-search-container")) openSearch();

// The words searched for, which the search page leaves here, stand out on the page that was found.
function highlightWords(words) {
  const ranges = [];
  const texts = document.createTreeWalker(document.querySelector("article") ?? document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(texts.currentNode, at);
        range.setEnd(texts.currentNode, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("searched", new Highlight(...ranges));
  addEventListener("keydown", (event) => event.key === "Escape" && CSS.highlights.delete("searched"));
}

try {
  const words = localStorage.getItem("sphinx_highlight_terms")?.toLowerCase().split(/\s+/).filter(Boolean);
  if (words && !document.querySelector(".bd-search-container")) {
    localStorage.removeItem("sphinx_highlight_terms");
    if (CSS.highlights) highlightWords(words);
  }
} catch { /* no storage, no words */ }

// --- side bars: beside the text, or on a narrow window a dialog over it --------------------------------------------------

// A click on a dialog's own element, and on nothing inside it, fell on the backdrop.
all("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => {
  const box = dialog.getBoundingClientRect();
  const inside = box.left <= event.clientX && event.clientX <= box.right
    && box.top <= event.clientY && event.clientY <= box.bottom;
  if (event.target === dialog && !inside) dialog.close();
}));

function move(from, to) {
  to.append(...from.childNodes);
  to.classList.add(...from.classList);
  from.className = "";
}

for (const side of ["primary", "secondary"]) {
  const bar = document.getElementById(`pst-${side}-sidebar`);
  const dialog = document.getElementById(`pst-${side}-sidebar-modal`);
  const button = document.querySelector(`.${side}-toggle`);
  if (!bar || !dialog || !button) continue;
  button.addEventListener("click", () => {
    if (side === "primary" && wide.matches) {
      bar.classList.toggle("pst-sidebar-hidden");
    } else {
      move(bar, dialog);
      dialog.showModal();
    }
  });
  dialog.addEventListener("close", () => { move(dialog, bar); button.focus(); });
  dialog.addEventListener("click", (event) => event.target.closest("a[href*='#']") && dialog.close());
}

// The list of pages stays where it was scrolled to.
const pageList = document.getElementById("pst-primary-sidebar");
if (pageList) {
  try {
    const place = sessionStorage.getItem("page-list");
    const here = pageList.querySelector("li.active");
    if (place) pageList.scrollTop = Number(place);
    else if (here && wide.matches) pageList.scrollTop = here.offsetTop - pageList.clientHeight / 2;
    addEventListener("pagehide", () => sessionStorage.setItem("page-list", pageList.scrollTop));
  } catch { /* no storage */ }
}

// --- menus on top of the page ----------------------------------------------------------------------------------------------

const menus = all("[data-bs-toggle=dropdown]");

function showMenu(button, shown) {
  button.classList.toggle("show", shown);
  button.nextElementSibling.classList.toggle("show", shown);
  button.setAttribute("aria-expanded", shown);
}

menus.forEach((button) => {
  button.addEventListener("click", () => showMenu(button, button.getAttribute("aria-expanded") !== "true"));
  button.parentElement.addEventListener("keydown", (event) => {
    const entries = all("a, button", button.nextElementSibling);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      showMenu(button, false);
      button.focus();
    } else if (step) {
      event.preventDefault();
      showMenu(button, true);
      // From the button itself up to the last entry.
      const at = entries.includes(document.activeElement) ? entries.indexOf(document.activeElement) : step < 0 ? 0 : -1;
      entries[(at + step + entries.length) % entries.length].focus();
    }
  });
  // Focus or a click anywhere else closes it.
  for (const kind of ["click", "focusin"]) {
    addEventListener(kind, (event) => button.parentElement.contains(event.target) || showMenu(button, false));
  }
});
all(".btn-download-pdf-button").forEach((button) => button.addEventListener("click", () => print()));

// --- where the reader is -----------------------------------------------------------------------------------------------------

const toTop = document.getElementById("pst-back-to-top");
let lastPlace = 0;
addEventListener("scroll", () => {
  document.body.classList.toggle("scrolled", scrollY > 0);
  // Offered to who scrolls back up.
  if (toTop) toTop.style.display = scrollY > innerHeight && scrollY < lastPlace ? "block" : "none";
  lastPlace = scrollY;
}, { passive: true });
toTop?.addEventListener("click", () => {
  const page = document.querySelector("#main-content");
  scrollTo(0, 0);
  page.tabIndex = -1;  // so that the keyboard goes on from there
  page.focus({ preventScroll: true });
});

const contents = all("#pst-page-toc-nav a[href^='#']");
const entries = new Map(contents.map((link) => [document.getElementById(decodeURIComponent(link.hash.slice(1)))
  ?.querySelector("h1, h2, h3, h4"), link]));
entries.delete(undefined);

function mark(current) {
  contents.forEach((link) => {
    link.classList.toggle("active", link === current);
    if (link === current) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  });
  all("#pst-page-toc-nav .toc-entry").forEach((entry) => entry.classList.toggle("active", entry.contains(current)));
}

const headings = new IntersectionObserver((seen) => {
  const last = seen.filter((heading) => heading.isIntersecting).pop();
  if (last) mark(entries.get(last.target));
}, { rootMargin: "0px 0px -70% 0px" });
entries.forEach((link, heading) => heading && headings.observe(heading));

// --- code: copy ----------------------------------------------------------------------------------------------------------------

function copyButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copybtn";
  button.ariaLabel = button.title = "Copy this code";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.replace(/\n$/, ""));
      button.classList.add("success");
      button.ariaLabel = button.title = "Copied";
    } catch {
      button.ariaLabel = button.title = "The browser refused to copy: select the code and copy it by hand";
    }
    setTimeout(() => {
      button.classList.remove("success");
      button.ariaLabel = button.title = "Copy this code";
    }, 2000);
  });
  return button;
}

all("div.highlight > pre").filter((code) => !code.closest(".cell_output")).forEach((code) => code.after(copyButton(code)));

// --- boxes that scroll sideways, and the layout of what lies further down ----------------------------------------------------

// A box that scrolls gets its place in the keyboard's order. Asking for its width lays it out, so it waits until it comes
// near the window (course.css lays out nothing before, which is what makes a page quick to arrive). Once the reader does
// something, the rest follows as soon as the browser is idle: then the page has its true height, and the keyboard
// reaches every box.
const boxes = all(`article pre, article .cell_output > .output, article .pst-scrollable-table-container,
  article div.math .katex-display, article div.cell_output:has(> img, > picture)`);
const KINDS = { "katex-display": "Formula", "cell_output": "Figure", "output": "Output",
  "pst-scrollable-table-container": "Table" };

function makeReachable(box) {
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1) {
    const kind = Object.keys(KINDS).find((name) => box.classList.contains(name));
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${KINDS[kind] ?? "Code"}, scrolls sideways`);
  } else {
    ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
  }
}

const nearby = new IntersectionObserver((seen) => {
  seen.forEach((entry) => entry.isIntersecting && makeReachable(entry.target));
}, { rootMargin: "100% 0px" });

function watchBoxes() {
  nearby.disconnect();
  boxes.forEach((box) => nearby.observe(box));
}

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 0 }), 50));
const layOutAll = () => document.querySelector(".bd-article")?.classList.add("laid-out");
const steps = [layOutAll, ...boxes.map((box) => () => makeReachable(box))];

function layOutTheRest(deadline) {
  do steps.shift()?.(); while (steps.length && deadline.timeRemaining() > 5);
  if (steps.length) whenIdle(layOutTheRest);
}

const started = new AbortController();
for (const kind of ["keydown", "pointermove", "pointerdown", "scroll"]) {
  addEventListener(kind, () => {
    if (kind === "scroll" && scrollY < 10) return;  // browsers send one before anybody scrolled
    started.abort();
    whenIdle(layOutTheRest);
  }, { passive: true, signal: started.signal });
}
// A jump to a place needs true heights above it, and so does a browser that does not keep the place that is read.
addEventListener("click", (event) => event.target.closest("a[href*='#']") && layOutAll(), { capture: true });
if (!CSS.supports("overflow-anchor", "auto")) layOutAll();
if (location.hash) {
  layOutAll();
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
// At once, and again whenever the page becomes wider or narrower. To ask for the width would lay the page out.
let width;
new ResizeObserver(([page]) => {
  if (page.contentRect.width !== width) { width = page.contentRect.width; document.fonts.ready.then(watchBoxes); }
}).observe(root);
