// Formulas and figures that scroll sideways, reachable by keyboard. The theme does the same for code and tables.
(() => {
  "use strict";
  const boxes = document.querySelectorAll("div.math .katex-display, div.cell_output:has(> img)");
  const update = () => boxes.forEach((box) => {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${box.matches(".cell_output") ? "Figure" : "Formula"}, scrolls sideways`);
    } else {
      ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    }
  });
  const observer = new ResizeObserver(update);
  boxes.forEach((box) => observer.observe(box));
  document.fonts.ready.then(update);
})();
