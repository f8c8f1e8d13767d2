/* Portal KLA: files sent in pieces (tus 1.0), <form data-upload="address of a new upload">. A cut line costs one piece;
   the same file chosen again, even tomorrow, goes on where it stopped. Needs kla.js; without it the form is sent whole.
   With data-upload-single one file at a time; with data-upload-page the page that answers is shown whole, and after
   several files the address that the attribute names; with data-upload-renews only the part of the page with that id.
   An input with data-upload-folder takes a folder, whose paths are sent along. */
"use strict";
(() => {
  const { all, make, parse, renew, SENTENCES, BROKEN } = window.kla;
  const PIECE = 1024 * 1024;
  const LEAST = 64 * 1024; // a line that is cut before a whole piece is through gets smaller ones
  const PATIENCE = 60000;
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];
  const PHOTO = 2000; // pixels of the longer side of a photo made smaller
  const WORTH_IT = 1024 * 1024;

  class Final extends Error {} // what trying again does not mend; its message is for the screen

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
  const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const encoded = (text) => base64(new TextEncoder().encode(text));
  const rest = (milliseconds) => new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", () => (clearTimeout(timer), done()), { once: true });
  });

  /* The same file on the same page is the same upload: a key of its traits, in two runs of a small hash. */
  const keyOf = (file, path) => {
    const traits = `${location.pathname}|${path || file.name}|${file.size}|${file.lastModified}`;
    const run = (seed) => [...traits].reduce((sum, sign) => Math.imul(sum ^ sign.codePointAt(0), 0x01000193) >>> 0, seed);
    return `${run(0x811c9dc5).toString(36)}-${run(0x12345678).toString(36)}-${file.size.toString(36)}`;
  };

  const ask = async (method, address, headers, body) => {
    const reply = await fetch(address, {
      method, body, headers: { "X-CSRFToken": token(), "HX-Request": "true", "Tus-Resumable": "1.0.0", ...headers },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if ([400, 404, 410, 413, 415, 422, 507].includes(reply.status)) throw new Final((await reply.text()).trim().slice(0, 400) || BROKEN);
    return reply;
  };
  /* Over and over until it is answered; the line may be away for as long as it likes. */
  const surely = async (act, say, failed = () => {}) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const reply = await act();
        if (reply.status < 400 || [409, 460].includes(reply.status)) return reply;
        if (reply.status === 401) say("Sesi Anda berakhir. Masuklah di tab lain; unggahan ini diteruskan.");
        else if (reply.status === 403 && !(await renew())) throw new Final(SENTENCES[403]);
        else say("Portal sedang sibuk. Mencoba lagi…");
      } catch (fault) {
        if (fault instanceof Final) throw fault;
        say("Jaringan terputus. Bagian yang sudah terkirim tidak hilang; mencoba lagi…");
        failed();
      }
      await rest(WAITS[Math.min(attempt, WAITS.length - 1)]);
      if (attempt) await renew();
    }
  };

  /* Resolves to the id of the upload when all its bytes are there. */
  const send = async (file, path, create, place, say, progress) => {
    const told = `filename ${encoded(file.name)},key ${encoded(keyOf(file, path))}${place ? `,place ${encoded(place)}` : ""}`;
    const made = await surely(() => ask("POST", create, { "Upload-Length": String(file.size), "Upload-Metadata": told }), say);
    const address = made.headers.get("Location");
    let offset = Number(made.headers.get("Upload-Offset"));
    let size = PIECE;
    if (offset) say("Diteruskan dari bagian yang sudah terkirim.");
    while (offset < file.size) {
      progress(offset / file.size);
      const add = async () => {
        const piece = await file.slice(offset, offset + size).arrayBuffer();
        const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
        if (crypto.subtle) headers["Upload-Checksum"] = `sha256 ${base64(await crypto.subtle.digest("SHA-256", piece))}`;
        return ask("PATCH", address, headers, piece);
      };
      // A piece whose answer was lost is here already: then the server says 409 and where to go on.
      const reply = await surely(add, say, () => (size = Math.max(LEAST, size / 2)));
      offset = Number(reply.headers.get("Upload-Offset"));
      if (reply.status < 400) size = Math.min(PIECE, size * 2);
    }
    progress(1);
    return address.match(/([0-9a-f-]{36})\/$/)[1];
  };

  /* A photo of a phone is ten times what anybody needs to read it. The picture's own turning is kept. */
  const smaller = async (file) => {
    if (!/^image\/(jpeg|png)$/.test(file.type) || file.size < WORTH_IT) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, PHOTO / Math.max(picture.width, picture.height));
      const canvas = Object.assign(make("canvas"), { width: picture.width * scale, height: picture.height * scale });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg", lastModified: file.lastModified });
    } catch {
      return file;
    }
  };

  /* The form itself, with the upload's id instead of the file. Resolves to the page that answers, and its address. */
  const finish = async (form, id, path, alone, say) => {
    const body = new FormData(form);
    body.delete("file");
    body.set("upload", id);
    if (path) body.set("path", path);
    if (!alone) body.delete("title");
    const reply = await surely(async () => {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": token() }, signal: AbortSignal.timeout(PATIENCE) });
      if ([404, 413, 422, 507].includes(answer.status)) {
        const page = parse(await answer.text());
        const why = page.querySelector(`#${CSS.escape(form.id)} .invalid-feedback, #${CSS.escape(form.id)} [data-error-summary] li, [data-reason]`);
        throw new Final(why?.textContent.trim() || BROKEN);
      }
      return answer;
    }, say);
    return { page: parse(await reply.text()), address: reply.url };
  };

  /* What was dropped, with all that lies in its folders: files, each with its path within what was dropped. */
  const walked = async (entry) => {
    if (entry.isFile) return [{ file: await new Promise((done, failed) => entry.file(done, failed)), path: entry.fullPath.slice(1) }];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const each of some) found.push(...(await walked(each)));
    }
  };
  const LITTER = /^(\..*|thumbs\.db|desktop\.ini|~\$.*)$/i; // what systems and programs leave in folders
  const inFolders = (files) => files.filter(({ file }) => !LITTER.test(file.name));

  const row = (list, file) => {
    const line = make("li", "upload-line");
    const bar = Object.assign(make("progress", "progress-native"), { max: 1, value: 0 });
    const words = make("span", "upload-words", "Menunggu giliran");
    bar.setAttribute("aria-label", `Terkirim dari ${file.name}`);
    words.setAttribute("role", "status");
    line.append(make("strong", "", file.name), bar, words);
    list.append(line);
    return {
      say: (text) => (words.textContent = text || `${Math.round(bar.value * 100)} % terkirim`),
      progress: (part) => ((bar.value = part), (words.textContent = `${Math.round(part * 100)} % terkirim`)),
      end: (state, text) => ((line.dataset.state = state), (words.textContent = text), bar.remove()),
    };
  };

  const dress = (form) => {
    const field = form.querySelector("input[type=file]");
    const list = form.querySelector("[data-upload-list]");
    const shrink = form.querySelector("[data-upload-shrink]");
    field.multiple = !("uploadSingle" in form.dataset);
    all("[data-upload-only]", form).forEach((part) => (part.hidden = false));
    const zone = form.querySelector("[data-upload-zone]") || form;
    const over = (event, inside) => (event.preventDefault(), (zone.dataset.over = inside ? "yes" : ""));
    zone.addEventListener("dragover", (event) => over(event, true));
    zone.addEventListener("dragleave", (event) => over(event, false));
    const folder = form.querySelector("[data-upload-folder]");
    const told = form.querySelector("[data-upload-chosen]");
    let gathered = []; // from a folder; else the field has what was chosen
    const gather = (files) => {
      gathered = inFolders(files);
      if (told) told.textContent = gathered.length ? `${gathered.length} berkas dari folder siap dikirim.` : "";
    };
    zone.addEventListener("drop", async (event) => {
      over(event, false);
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      if (folder && entries.some((entry) => entry.isDirectory)) gather((await Promise.all(entries.map(walked))).flat());
      else if (event.dataTransfer.files.length) (gather([]), (field.files = event.dataTransfer.files));
    });
    folder?.addEventListener("change", () => gather([...folder.files].map((file) => ({ file, path: file.webkitRelativePath }))));
    let busy = false;
    form.addEventListener("submit", async (event) => {
      const files = [...gathered, ...[...field.files].map((file) => ({ file, path: "" }))];
      if (!files.length) return; // the form says itself what is missing
      event.preventDefault();
      if (busy) return;
      busy = true;
      const button = form.querySelector("[type=submit]");
      button.disabled = true;
      list.replaceChildren();
      const rows = files.map(({ file }) => row(list, file));
      let answer, kept = 0, failed = 0;
      for (const [place, { file, path }] of files.entries()) {
        const { say, progress, end } = rows[place];
        try {
          const whole = shrink?.checked ? await smaller(file) : file;
          const id = await send(whole, path, form.dataset.upload, form.dataset.uploadPlace, say, progress);
          say("Diperiksa…");
          answer = await finish(form, id, path, files.length === 1, say);
          const notice = answer.page.querySelector("#toasts .toast-info .toast-text")?.textContent;
          if (notice) kept += 1; // something to be read: where a known file already is
          end("done", notice || form.dataset.uploadDone || ("uploadPage" in form.dataset ? "Tersimpan" : "Terpasang sebagai data dukung"));
        } catch (fault) {
          failed += 1;
          end("failed", fault instanceof Final ? fault.message : BROKEN);
        }
      }
      busy = false;
      button.disabled = false;
      field.value = "";
      if (folder) folder.value = "";
      gather([]);
      if (!answer) return;
      if (form.dataset.uploadRenews) replaced(answer.page, form.dataset.uploadRenews);
      else if (!("uploadPage" in form.dataset)) renewed(answer.page, failed || kept ? list : null);
      else if (files.length === 1) shown(answer);
      else if (!failed) location.assign(form.dataset.uploadPage);
    });
    addEventListener("beforeunload", (event) => busy && event.preventDefault());
  };

  /* The page that answers takes this one's place, with what it has to say. */
  const shown = ({ page, address }) => {
    const main = page.querySelector("main");
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    history.replaceState(null, "", address);
    window.htmx?.process(main);
    all("form[data-upload]", main).forEach(dress);
    main.focus();
    scrollTo(0, 0);
  };

  /* One part of the page is renewed, and takes the focus. */
  const replaced = (page, id, prepare = () => {}) => {
    const fresh = page.getElementById(id);
    const stale = document.getElementById(id);
    if (!fresh || !stale) return location.reload();
    stale.replaceWith(fresh);
    window.htmx?.process(fresh);
    prepare(fresh);
    fresh.querySelector("h2").tabIndex = -1;
    fresh.querySelector("h2").focus();
  };
  /* Only the evidence is renewed, so that an answer that is being typed stays as it is. */
  const renewed = (page, keep) => replaced(page, "data-dukung", (fresh) => {
    all("form[data-upload]", fresh).forEach(dress);
    const list = keep && fresh.querySelector("[data-upload-list]");
    if (!list) return;
    list.closest("details").open = true; // what was refused, or was there already, stays to be read
    list.replaceWith(keep);
  });

  all("form[data-upload]").forEach(dress);
})();
