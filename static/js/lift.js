/* What would lift us: copying and printing. The page works without this file. */
"use strict";
(() => {
  const { all } = window.kla;
  const wake = () => all("[data-copy][hidden], [data-print][hidden]").forEach((button) => (button.hidden = false));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-print]");
    if (!button) return;
    if (button.matches("[data-print]")) return window.print();
    const field = document.getElementById(button.dataset.copy);
    field.select();
    const done = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
    const text = done ? "Tersalin." : "Teks sudah dipilih; salin dengan Ctrl+C.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: done ? "success" : "info" } }));
  });
  document.addEventListener("htmx:afterSettle", wake);
  wake();
})();
