"use strict";
// Labels and boxes are corrected here, by mouse, finger or keyboard. The fields of the list hold what is downloaded.
const SIDES = ["x_min", "y_min", "x_max", "y_max"], CORNERS = [[0, 1], [2, 1], [2, 3], [0, 3]]; // a corner: two of SIDES
const PARTS = ["upper", "lower", "full"];
const SVG = "http://www.w3.org/2000/svg";
const photos = document.getElementById("photos"), corrections = document.getElementById("corrections");
let added = 0;

const cardOf = element => element.closest(".card"), svgOf = element => cardOf(element).querySelector("svg");
const fieldsOf = item => SIDES.map(name => item.querySelector(`[name=${name}]`)), boxOf = item => fieldsOf(item).map(f => Number(f.value));
const shapeOf = item => svgOf(item).querySelector(`.shape[data-garment="${item.dataset.garment}"]`);
const itemOf = shape => cardOf(shape).querySelector(`.garment[data-garment="${shape.dataset.garment}"]`);
const sizeOf = item => { const { width, height } = svgOf(item).viewBox.baseVal; return [width, height]; };

function mark(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function choose(item) {
  if (item.classList.contains("chosen")) return;
  document.querySelectorAll(".chosen").forEach(element => element.classList.remove("chosen"));
  document.querySelectorAll(".corner").forEach(element => element.remove());
  [item, shapeOf(item), svgOf(item)].forEach(element => element.classList.add("chosen"));
  CORNERS.forEach((sides, n) => mark(svgOf(item).querySelector(".corners"), "circle", { class: "corner", "data-corner": n }));
  drawCorners(item);
}

function drawCorners(item) {
  const svg = svgOf(item), box = boxOf(item), r = 8 * sizeOf(item)[0] / svg.clientWidth;
  svg.querySelector(".corners").setAttribute("class", `corners ${PARTS.find(part => item.classList.contains(part))}`);
  svg.querySelectorAll(".corner").forEach((corner, n) => {
    const [x, y] = CORNERS[n];
    for (const [key, value] of Object.entries({ cx: box[x], cy: box[y], r })) corner.setAttribute(key, value);
  });
}

// Draws the box of the fields; the mask and the landmarks were those of the former box.
function drawBox(item) {
  const [x1, y1, x2, y2] = boxOf(item), shape = shapeOf(item), rect = shape.querySelector("rect");
  const values = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) };
  for (const [key, value] of Object.entries(values)) rect.setAttribute(key, value);
  shape.querySelectorAll("polygon, circle").forEach(element => element.remove());
  drawCorners(item);
}

function setBox(item, box) {
  fieldsOf(item).forEach((field, n) => { field.value = Math.round(10 * box[n]) / 10; });
  drawBox(item);
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The box after the pointer has moved by (dx, dy), with a corner of it or, without one, with all of it.
function moved([x1, y1, x2, y2], [dx, dy], corner, [width, height]) {
  if (corner === undefined) {
    const x = clamp(dx, -x1, width - x2), y = clamp(dy, -y1, height - y2);
    return [x1 + x, y1 + y, x2 + x, y2 + y];
  }
  const [side, end] = CORNERS[corner], box = [x1, y1, x2, y2];
  box[side] = side ? clamp(x2 + dx, x1 + 1, width) : clamp(x1 + dx, 0, x2 - 1);
  box[end] = end === 3 ? clamp(y2 + dy, y1 + 1, height) : clamp(y1 + dy, 0, y2 - 1);
  return box;
}

function place(event, svg) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [point.x, point.y];
}

function drag(event, svg, item) {
  const start = place(event, svg), box = boxOf(item), corner = event.target.dataset.corner;
  svg.setPointerCapture(event.pointerId);
  const follow = move => {
    const [x, y] = place(move, svg);
    setBox(item, moved(box, [x - start[0], y - start[1]], corner, sizeOf(item)));
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", follow), { once: true });
}

function setPart(item, part) {
  for (const element of [item, shapeOf(item)]) {
    element.classList.remove(...PARTS);
    element.classList.add(part);
  }
  item.querySelector("[name=part]").value = part;
  drawCorners(item);
}

function addGarment(card) {
  const item = card.querySelector("template").content.cloneNode(true).querySelector(".garment");
  item.dataset.garment = `added-${++added}`;
  card.querySelector(".garments").append(item);
  const shape = mark(card.querySelector(".shapes"), "g", { class: "shape upper", "data-garment": item.dataset.garment });
  mark(shape, "rect", {});
  choose(item);
  drawBox(item);
  item.querySelector("[name=category]").focus();
}

function removeGarment(item) {
  const card = cardOf(item);
  svgOf(item).querySelectorAll(".corner").forEach(element => element.remove());
  shapeOf(item).remove();
  item.remove();
  card.querySelector(".add").focus();
}

function offerDownload() {
  document.getElementById("download").hidden = !photos.querySelector("[name=photo_id]");
}

photos.addEventListener("pointerdown", event => {
  const svg = event.target.closest("svg"), shape = event.target.closest(".shape");
  if (!svg) return;
  const chosen = cardOf(svg).querySelector(".garment.chosen");
  if (chosen && (event.target.matches(".corner") || shape === shapeOf(chosen))) drag(event, svg, chosen);
  else if (shape) choose(itemOf(shape));
});
photos.addEventListener("focusin", event => {
  const item = event.target.closest(".garment");
  if (item) choose(item);
});
photos.addEventListener("input", ({ target }) => {
  const item = target.closest(".garment");
  choose(item);
  if (SIDES.includes(target.name)) drawBox(item);
  if (target.name === "part") setPart(item, target.value);
  if (target.name === "category") {
    item.querySelector("legend").textContent = target.value || "garment";
    if (target.selectedOptions[0].dataset.part) setPart(item, target.selectedOptions[0].dataset.part);
  }
});
photos.addEventListener("click", ({ target }) => {
  if (target.matches(".add")) addGarment(cardOf(target));
  if (target.matches(".delete")) removeGarment(target.closest(".garment"));
  if (target.matches(".dismiss")) {
    cardOf(target).remove();
    offerDownload();
  }
});
corrections.addEventListener("submit", async event => {
  event.preventDefault(); // the page stays as it is, whatever the answer
  const answer = await fetch(corrections.action, { method: "POST", body: new FormData(corrections, event.submitter) });
  document.getElementById("problem").textContent = answer.ok ? "" : (await answer.json()).detail;
  if (!answer.ok) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = event.submitter.value === "csv" ? "corrections.csv" : "corrections.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
document.body.addEventListener("htmx:afterSwap", offerDownload);
