"use strict";
// Sends photos, a few in a request, and says how far it is. The server answers with cards, which htmx puts on the page.
const form = document.getElementById("upload"), files = document.getElementById("files");
const MAX_PHOTOS = Number(form.dataset.maxPhotos), MAX_BYTES = 0.99 * Number(form.dataset.maxBytes); // the rest is headers
const waiting = [];
let sending = [], uploaded = false, done = 0, total = 0, asking;

const say = (id, words) => { document.getElementById(id).textContent = words; };

function add(more) {
  if (!more.length) return;
  if (!asking) { done = total = 0; say("problem", ""); }
  waiting.push(...more);
  total += more.length;
  if (!asking) {
    asking = setInterval(() => htmx.trigger("#state", "ask"), 1000);
    send();
  }
}

function send() {
  const taken = new DataTransfer();
  let bytes = 0;
  sending = [];
  do {
    bytes += waiting[0].size;
    taken.items.add(waiting[0]);
    sending.push(waiting.shift());
  } while (waiting.length && sending.length < MAX_PHOTOS && bytes + waiting[0].size <= MAX_BYTES);
  say("done", `${done} of ${total} photos are done.`);
  uploaded = false;
  files.files = taken.files;
  htmx.trigger(form, "send");
  files.value = "";
}

function progress({ loaded, total, lengthComputable }) {
  const bar = document.getElementById("sent");
  if (uploaded || !lengthComputable) return;
  uploaded = loaded === total; // what comes after it is of the answer
  bar.hidden = uploaded;
  bar.value = loaded / total;
}

function answered({ xhr, successful }) {
  document.getElementById("sent").hidden = true;
  if (xhr.status === 429) {
    waiting.unshift(...sending);
    setTimeout(send, 1000 * Number(xhr.getResponseHeader("Retry-After")));
    return;
  }
  if (!successful) say("problem", `${sending.map(file => file.name).join(", ")}: ${why(xhr)}`);
  done += sending.length;
  if (waiting.length) {
    setTimeout(send); // as htmx has one request of a form at a time, and this one has not quite ended
    return;
  }
  clearInterval(asking);
  asking = undefined;
  say("state", "");
  say("done", `${done} of ${total} photos are done.`);
}

function why(xhr) {
  try {
    return JSON.parse(xhr.responseText).detail;
  } catch {
    return xhr.status ? "the server failed; its log says why" : "the server cannot be reached";
  }
}

form.addEventListener("submit", event => {
  event.preventDefault();
  add([...files.files]);
});
form.addEventListener("htmx:xhr:progress", event => { if (event.target === form) progress(event.detail); });
form.addEventListener("htmx:afterRequest", event => { if (event.target === form) answered(event.detail); });
document.addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("over"); });
document.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("over");
  add([...event.dataTransfer.files]);
});
