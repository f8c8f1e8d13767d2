/* The in-tray: the question that a code stands for is told as it is typed, and the document is ticked. Needs kla.js. */
"use strict";
document.addEventListener("input", ({ target }) => {
  const told = target.matches?.("[data-code]") && target.closest(".arrival").querySelector("[data-question]");
  if (!told) return;
  const codes = [...document.querySelectorAll("#pertanyaan option")];
  const typed = target.value.trim().replace(",", ".").toLowerCase();
  const found = codes.find((option) => option.value.toLowerCase() === typed);
  told.textContent = found ? found.textContent : typed ? "Tidak ada pertanyaan dengan kode ini." : "";
  target.closest(".arrival").querySelector("[name=pick]").checked = Boolean(found);
});
