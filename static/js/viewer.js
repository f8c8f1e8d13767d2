// The pages of a file by keyboard: arrow right and left go to the next and the previous one.
"use strict";

(() => {
  const viewer = document.querySelector("[data-viewer]");
  const pages = viewer ? [...viewer.querySelectorAll(".viewer-page")] : [];
  if (pages.length < 2) return;
  document.querySelector("[data-viewer-keys]")?.removeAttribute("hidden");

  const current = () => {
    const middle = window.innerHeight / 2;
    const at = pages.findIndex((page) => page.getBoundingClientRect().bottom > middle);
    return at < 0 ? pages.length - 1 : pages[0].getBoundingClientRect().top > middle ? -1 : at;
  };

  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const page = pages[Math.min(pages.length - 1, Math.max(0, current() + step))];
    event.preventDefault();
    page.focus({ preventScroll: true });
    page.scrollIntoView();
  });
})();
