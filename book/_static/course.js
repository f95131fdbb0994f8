// Formulas that scroll sideways, reachable by keyboard. The theme does the same for code, outputs and tables.
(() => {
  "use strict";
  const formulas = document.querySelectorAll("div.math .katex-display");
  const update = () => formulas.forEach((box) => {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Formula, scrolls sideways");
    } else {
      ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    }
  });
  const observer = new ResizeObserver(update);
  formulas.forEach((box) => observer.observe(box));
  document.fonts.ready.then(update);
})();
