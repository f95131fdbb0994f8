// What a link to the glossary, to a source or to a formula of this page leads to, shown at the link. The texts travel
// with the page (book/_extensions/previews.py). Pointer and keyboard both open a preview, Escape closes it, and it stays
// while the pointer is on it.
(() => {
  "use strict";
  const WAIT = 250; // milliseconds: passing over a link opens nothing
  const box = document.createElement("div");
  box.id = "preview";
  box.role = "tooltip";
  box.hidden = true;
  document.body.append(box);
  let link = null;
  let timer = 0;

  const content = (anchor) => {
    const id = decodeURIComponent(anchor.hash.slice(1));
    const stored = document.getElementById(`preview-${id}`);
    if (stored) return stored.content.cloneNode(true);
    const target = anchor.pathname === location.pathname && id && document.getElementById(id);
    const formula = target && target.matches("div.math") && target.querySelector(".katex-display");
    return formula ? formula.cloneNode(true) : null;
  };

  const close = () => {
    clearTimeout(timer);
    box.hidden = true;
    link?.removeAttribute("aria-describedby");
    link = null;
  };

  const open = (anchor) => {
    const shown = content(anchor);
    if (!shown) return;
    close();
    link = anchor;
    box.replaceChildren(shown);
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    const edge = 8;
    const at = link.getClientRects()[0];
    const left = Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - edge);
    const below = at.bottom + box.offsetHeight + edge < window.innerHeight;
    box.style.left = `${window.scrollX + Math.max(edge, left)}px`;
    box.style.top = `${window.scrollY + (below ? at.bottom + 2 : at.top - box.offsetHeight - 2)}px`;
  };

  const later = (action, ...rest) => {
    clearTimeout(timer);
    timer = setTimeout(action, WAIT, ...rest);
  };

  document.querySelectorAll(".bd-article a.preview-link, .bd-article a[href*='#equation-']").forEach((anchor) => {
    anchor.addEventListener("mouseenter", () => later(open, anchor));
    anchor.addEventListener("mouseleave", () => later(close));
    anchor.addEventListener("focus", () => anchor.matches(":focus-visible") && open(anchor));
    anchor.addEventListener("blur", close);
  });
  box.addEventListener("mouseenter", () => clearTimeout(timer));
  box.addEventListener("mouseleave", () => later(close));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
})();
