/* Portal KLA: small comforts. Every page and form works without this file. */
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const SENTENCES = {
    0: "Belum tersimpan. Periksa jaringan, lalu coba lagi.",
    403: "Tindakan ini tidak diizinkan untuk peran Anda.",
    404: "Yang Anda cari tidak ditemukan. Muat ulang halaman ini.",
    413: "Berkas terlalu besar. Perkecil atau bagi berkasnya, lalu unggah lagi.",
    429: "Terlalu banyak permintaan. Tunggu sebentar, lalu coba lagi.",
    503: "Layanan sedang sibuk. Isian Anda masih ada di layar; coba lagi sebentar lagi.",
  };
  const BROKEN = "Terjadi gangguan dan belum tersimpan. Isian Anda masih ada di layar; coba lagi sebentar lagi.";

  /* --- toasts: a polite live region; losses stay until closed -------------------------------------------------- */
  const closable = (line) => {
    if (line.querySelector(".toast-close")) return;
    const close = make("button", "toast-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Tutup pesan");
    close.addEventListener("click", () => line.remove());
    line.append(close);
  };
  const toast = (text, tone = "info", link = "") => {
    const stack = document.getElementById("toast-stack");
    if (!stack || !text) return;
    const line = make("div", `toast-line toast-${tone}`);
    line.append(make("span", "toast-text", text), link || "");
    closable(line);
    stack.append(line);
    if (tone !== "loss") {
      const leave = () => (line.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : line.remove());
      setTimeout(leave, 8000);
    }
  };
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  /* --- after a swap and at the start ---------------------------------------------------------------------------- */
  const focusErrors = (root) => root.querySelector("[data-error-summary]")?.focus();
  const wake = (root) => {
    all("[data-toast]", root).forEach(closable);
    tick();
  };

  /* --- countdown: by the server's clock, wherever this device's clock stands -------------------------------------- */
  const left = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60000);
    if (minutes < 1) return "kurang dari 1 menit lagi";
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    if (days) return `${days} hari${hours ? ` ${hours} jam` : ""} lagi`;
    return hours ? `${hours} jam${minutes % 60 ? ` ${minutes % 60} menit` : ""} lagi` : `${minutes} menit lagi`;
  };
  function tick() {
    all("[data-until]").forEach((element) => {
      element.skew ??= Date.parse(element.dataset.now) - Date.now();
      const rest = Date.parse(element.dataset.until) - Date.now() - element.skew;
      const words = rest > 0 ? left(rest) : "sudah lewat";
      const place = element.querySelector(".countdown-left");
      if (place && place.textContent !== words) place.textContent = words;
      element.dataset.state = rest <= 0 ? "over" : rest < 3 * 86400000 ? "soon" : "open";
    });
  }
  setInterval(tick, 20000);

  /* --- typed text is never lost silently ---------------------------------------------------------------------------- */
  const guarded = (form) =>
    form?.matches("form") && form.method === "post" && form.dataset.guard !== "off" && (form.dataset.guard || form.querySelector("textarea"));
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (guarded(form)) form.dataset.dirty = "yes";
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-discard]"); // the way on that says it leaves the text behind
    if (link) delete link.closest("form").dataset.dirty;
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  /* --- ask before a step: <form data-confirm="What will happen" data-confirm-title data-confirm-label> -------------------- */
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const words = event.submitter?.dataset.confirm || form.dataset.confirm;
      if (!words || form.dataset.asked || !window.HTMLDialogElement) {
        delete form.dataset.asked;
        if (!event.defaultPrevented && !form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]")) delete form.dataset.dirty;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      const ask = make("dialog", "ask");
      const title = make("h2", "", form.dataset.confirmTitle || "Lanjutkan?");
      const bar = make("div", "row-line");
      const yes = make("button", "btn btn-primary", form.dataset.confirmLabel || submitter?.textContent.trim() || "Lanjutkan");
      const no = make("button", "btn btn-outline-secondary", "Batal");
      title.id = "ask-title";
      ask.setAttribute("aria-labelledby", title.id);
      yes.type = no.type = "button";
      bar.append(yes, no);
      ask.append(title, make("p", "", words), bar);
      document.body.append(ask);
      ask.addEventListener("close", () => ask.remove());
      no.addEventListener("click", () => ask.close());
      yes.addEventListener("click", () => {
        ask.close();
        form.dataset.asked = "yes";
        form.requestSubmit(submitter);
      });
      ask.showModal();
      no.focus();
    },
    true,
  );

  const renew = async () => {
    // Signing in, in whichever tab, changes the token of every form: take today's from the page itself.
    const reply = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    const token = reply?.ok && parse(await reply.text()).querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) return false;
    all("[name=csrfmiddlewaretoken]").forEach((field) => (field.value = token));
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    return true;
  };
  /* --- htmx ------------------------------------------------------------------------------------------------------------------ */
  // What is marked data-asks sends a form, only to be told something about it: nothing of it is stored.
  const asks = (event) => event.detail.requestConfig?.elt?.matches("[data-asks]");
  const writes = (event) => event.detail.requestConfig?.verb && event.detail.requestConfig.verb !== "get" && !asks(event);
  const unsent = (event) => toast(writes(event) ? SENTENCES[0] : "Tidak terhubung. Periksa jaringan, lalu coba lagi.", "loss");
  // What is marked data-quiet the page asks by itself, again and again: its failures are nobody's business.
  const quiet = (event) => event.detail.requestConfig?.elt?.matches("[data-quiet]");
  document.addEventListener("htmx:sendError", (event) => quiet(event) || unsent(event));
  document.addEventListener("htmx:timeout", (event) => quiet(event) || unsent(event));
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    if (quiet(event) && (xhr.status >= 300 || xhr.getResponseHeader("HX-Redirect"))) return event.preventDefault();
    // The session is gone: whoever has typed stays with the text, and saving says what to do.
    if (event.detail.xhr.status >= 400 && asks(event)) event.preventDefault();
    if (event.detail.xhr.status === 401 && document.querySelector("form[data-dirty]") && !writes(event)) event.preventDefault();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const page = parse(xhr.responseText || "");
    const reason = page.querySelector("[data-reason]")?.textContent.trim();
    toast(reason || SENTENCES[xhr.status] || BROKEN, "loss", page.querySelector("[data-sign-in]"));
    if (xhr.status === 401) addEventListener("focus", renew, { once: true });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    wake(event.detail.elt);
    if (event.detail.xhr?.status === 422) focusErrors(event.detail.elt.parentElement || document);
  });

  /* --- keys: <button data-key="t">; silent while somebody types, and can be switched off (WCAG 2.1.4) ------------------------- */
  const keysOff = () => localStorage.getItem("kla.keys") === "off";
  const TYPING = 'textarea, select, [contenteditable], dialog, input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"])';
  let held = false; // Insert is a screen reader's own modifier
  addEventListener("keyup", (event) => event.key === "Insert" && (held = false));
  addEventListener("blur", () => (held = false));
  const silent = (event) => {
    if (event.key === "Insert") held = true;
    const modified = held || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing;
    return modified || keysOff() || Boolean(event.target.closest?.(TYPING));
  };
  const showKeys = () => all("[data-keys-toggle]").forEach((button) => button.setAttribute("aria-pressed", String(!keysOff())));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-toggle]")) {
      localStorage.setItem("kla.keys", keysOff() ? "on" : "off");
      showKeys();
    }
    all("details[data-menu][open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    if (silent(event)) return;
    const target = all(`[data-key="${CSS.escape(event.key)}"]`).find((one) => one.checkVisibility?.() !== false && !one.disabled);
    if (!target) return;
    event.preventDefault();
    target.matches("a, button, input, summary, label") ? target.click() : target.focus();
  });

  window.kla = { all, make, parse, renew, focusErrors, silent, SENTENCES, BROKEN };
  wake(document);
  showKeys();
  document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  focusErrors(document);
})();
