// What a page needs beyond its HTML, for whoever reads it without a mouse or without seeing it.
function prepare() {
  // What scrolls in a box of its own can be reached, and scrolled, by the keyboard.
  for (const box of document.querySelectorAll("mjx-container, div.math, div.numbers, article pre, .text_html, .pst-scrollable-table-container")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
  // Docutils calls this a list and puts other things than items in it.
  document.querySelectorAll(".citation-list[role=list]").forEach((list) => list.removeAttribute("role"));
}
// What is linked to is open, and on paper everything is (but code, which is left out there).
function open(box) {
  for (let each = box && box.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
}
const target = () => open(document.getElementById(decodeURIComponent(location.hash.slice(1))));
window.addEventListener("hashchange", target);
window.addEventListener("beforeprint", () => document.querySelectorAll("article details:not(.hide)").forEach(open));
window.addEventListener("load", () => {
  target();
  const typeset = window.MathJax && MathJax.startup && MathJax.startup.promise;
  (typeset || Promise.resolve()).then(prepare);
  window.addEventListener("resize", prepare);
});
