"use strict";

const $ = id => document.getElementById(id);

function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text !== undefined)
    element.textContent = text;
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, value);
  return element;
}

function facts(list, entries) {
  const nodes = [];
  for (const [name, value] of entries)
    if (value !== null && value !== undefined && value !== "")
      nodes.push(make("dt", name), make("dd", String(value)));
  if (nodes.length === 0)
    nodes.push(make("dt", "nothing is known"));
  list.replaceChildren(...nodes);
}

function field(input) {
  const label = make("label", input.name);
  let control;
  if (input.type === "category") {
    control = make("select");
    control.append(make("option", "(missing)", { value: "" }));
    for (const category of input.categories)
      control.append(make("option", category, { value: category }));
    if (input.categories.length)
      control.value = input.categories[0];
  } else {
    const isTime = input.type === "time";
    control = make("input", undefined, isTime ? { type: "text", placeholder: "missing" } : { type: "number", step: "any", placeholder: "missing" });
    const middle = input.statistics.quantiles.length ? input.statistics.quantiles[Math.floor(input.statistics.quantiles.length / 2)] : input.statistics.mean;
    control.value = isTime && middle !== undefined ? new Date(Math.round(middle) * 1000).toISOString().replace(".000", "") : middle ?? "";
  }
  control.dataset.type = input.type;
  control.name = input.name;
  label.append(control);
  return label;
}

function row() {
  const values = {};
  for (const control of $("fields").querySelectorAll("input, select"))
    if (control.value !== "")
      values[control.name] = control.dataset.type === "number" ? Number(control.value) : control.value;
  return values;
}

async function predict(event) {
  event.preventDefault();
  const answer = $("answer");
  for (const label of $("fields").children)
    label.classList.remove("bad");
  try {
    const response = await fetch("predict", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rows: [row()] }) });
    const body = await response.json();
    answer.classList.toggle("bad", !response.ok);
    if (response.ok) {
      const prediction = body.predictions[0];
      answer.textContent = `probability ${prediction.probability.toFixed(4)}, label ${prediction.label}`;
      return;
    }
    answer.textContent = body.detail ?? body.title;
    const name = (body.pointer ?? "").split("/").pop().replaceAll("~1", "/").replaceAll("~0", "~");
    for (const label of $("fields").children)
      label.classList.toggle("bad", label.lastChild.name === name);
  } catch (error) {
    answer.classList.add("bad");
    answer.textContent = `no answer: ${error.message}`;
  }
}

function show(model) {
  const { lineage, signature } = model;
  $("title").textContent = model.name ?? "model";
  document.title = `${model.name ?? "model"} · dv-serve`;
  $("status").textContent = model.version ? `version ${model.version} is ready` : "ready";
  facts($("facts"), [
    ["version", model.version], ["sha256", model.sha256], ["asked for", model.uri], ["lies at", model.location],
    ["loaded", new Date(model.loadedAt).toLocaleString()], ["runs on", model.provider], ["learnt", signature.target], ["threshold", signature.threshold],
  ]);
  facts($("lineage"), [
    ["commit", lineage.commit], ["repository", lineage.repository], ["MLflow run", lineage.runName ? `${lineage.runName} (${lineage.mlflowRun})` : lineage.mlflowRun],
    ["run", lineage.runUuid], ["data commit", lineage.dataCommit], ["data digest", lineage.dataDigest],
  ]);
  $("data").hidden = lineage.data.length === 0;
  $("data").tBodies[0].replaceChildren(...lineage.data.map(data => {
    const line = make("tr");
    line.append(make("td", data.path), make("td", data.hash), make("td", data.size === undefined ? "" : data.size.toLocaleString(), { class: "number" }));
    return line;
  }));
  facts($("scores"), Object.entries(signature.metrics ?? {}).map(([name, value]) => [name, typeof value === "number" ? value.toPrecision(5) : value]));
  $("fields").replaceChildren(...signature.inputs.map(field));
  document.querySelector("main").hidden = false;
}

async function load() {
  try {
    const response = await fetch("model");
    if (response.ok) {
      show(await response.json());
      return;
    }
    $("status").textContent = "no model is loaded yet; trying again …";
  } catch {
    $("status").textContent = "the server does not answer; trying again …";
  }
  setTimeout(load, 2000);
}

$("form").addEventListener("submit", predict);
$("form").addEventListener("reset", () => { $("answer").textContent = ""; });
load();
