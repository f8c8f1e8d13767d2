// The judges' bench by keyboard: the pages of a document, reasons, the list of keys. Everything works without this file.
"use strict";
(() => {
  const { all, silent } = window.kla;

  /* --- the pages of the document scroll inside their own frame ---------------------------------------------------- */
  const frame = () => document.querySelector(".viewer-framed");
  const show = (page) => {
    const box = page?.closest(".viewer-framed");
    if (box) box.scrollTop += page.getBoundingClientRect().top - box.getBoundingClientRect().top;
    return Boolean(box);
  };
  const open = (root) =>
    all("[data-open-at]", root).forEach((box) => {
      if (!location.hash.startsWith("#hal-") && !box.scrollTop) show(document.getElementById(box.dataset.openAt));
    });
  const step = (by) => {
    const pages = all(".viewer-page", frame());
    const top = frame().getBoundingClientRect().top;
    const here = pages.findLastIndex((page) => page.getBoundingClientRect().top <= top + 4);
    show(pages[Math.min(pages.length - 1, Math.max(0, Math.max(0, here) + by))]);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && !event.ctrlKey && !event.metaKey && show(document.getElementById(link.hash.slice(1)))) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const by = { ",": -1, ".": 1 }[event.key];
    if (!by || silent(event) || !frame()) return;
    event.preventDefault();
    step(by);
  });

  /* --- reasons: opened, the first one has the focus; Escape closes; Ctrl and Enter send ----------------------------- */
  document.addEventListener(
    "toggle",
    (event) => {
      const form = event.target.matches("details.judge[open]") && event.target.querySelector("form");
      if (form && !event.target.querySelector("[aria-invalid]")) form.querySelector("input[type=checkbox]")?.focus();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const reasons = event.target.closest("details.judge[open]");
    if (event.key === "Escape" && reasons) {
      reasons.open = false;
      reasons.querySelector("summary").focus();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  /* --- the list of keys ------------------------------------------------------------------------------------------------ */
  all("[data-dialog]").forEach((button) => {
    const dialog = document.getElementById(button.dataset.dialog);
    if (!dialog?.showModal) return;
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  });

  /* --- gone on to the next question, the page begins below its messages: they are told over the list -------------- */
  if (location.hash === "#question-title")
    all("#toasts .toast-line").forEach((line) => {
      const tone = [...line.classList].find((name) => /^toast-(?!line)/.test(name))?.slice(6);
      const text = line.querySelector(".toast-text")?.textContent.trim();
      document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));
    });

  document.addEventListener("htmx:afterSettle", (event) => open(event.detail.elt.parentElement || document));
  open(document);
})();
