"use strict";
document.body.classList.add("live");
for (const figure of document.querySelectorAll(".chart")) {
  const { scale, mark, series } = JSON.parse(figure.querySelector("script").textContent);
  const svg = figure.querySelector("svg");
  const pointer = figure.querySelector(".pointer");
  const output = figure.querySelector("output");
  const cells = figure.querySelectorAll("tbody td");
  const written = [...cells].map((cell) => cell.textContent);
  const part = (x) => Math.log(x / scale.low) / Math.log(scale.high / scale.low);
  const percent = (share) => {
    const value = 100 * share;
    if (value === 0 || value === 100) return String(value);
    if (value > 99.9) return ">99.9";
    return value >= 10 ? value.toFixed(1) : Number(value.toPrecision(2)).toString();
  };
  const told = (one, x) => {
    let last = -1;
    while (last + 1 < one.x.length && one.x[last + 1] <= x) last += 1;
    if (last < 0) return "100 %";
    const [estimate, low, high] = [one.estimate, one.low, one.high].map((all) => percent(all[last]));
    return `${estimate} % (${low} to ${high} %)`;
  };
  let at = mark;
  const show = (x) => {
    at = Math.min(Math.max(x, scale.low), scale.high);
    const place = scale.left + part(at) * (scale.right - scale.left);
    pointer.setAttribute("x1", place);
    pointer.setAttribute("x2", place);
    pointer.setAttribute("visibility", "visible");
    output.textContent = at.toPrecision(3);
    series.forEach((one, number) => { cells[number].textContent = told(one, at); });
  };
  const rest = () => {
    pointer.setAttribute("visibility", "hidden");
    output.textContent = String(mark);
    cells.forEach((cell, number) => { cell.textContent = written[number]; });
    at = mark;
  };
  const point = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    const inside = (place - scale.left) / (scale.right - scale.left);
    show(scale.low * (scale.high / scale.low) ** inside);
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") rest(); });
  svg.addEventListener("blur", rest);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") rest();
    if (step === undefined) return;
    event.preventDefault();
    show(at * (scale.high / scale.low) ** (step / 60));
  });
}
