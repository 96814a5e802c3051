"use strict";
// Filters, search, deep links and the results that are not in the static page. Everything is read from the compressed
// block in this file; nothing is ever requested.
(() => {
  const STATUSES = ["error", "alarm", "info", "ok", "skip"];
  // What became of a result since the baseline.
  const CHANGES = ["", "new", "fixed", "changed", "appeared"];
  const CHUNK = 200;
  // How many rows a filter draws at first, and how many of them of one control.
  const FIRST = 100;
  const FIRST_OF_ONE = 25;
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const articles = new Map();
  for (const article of document.querySelectorAll("article.control[data-index]")) {
    articles.set(Number(article.dataset.index), article);
  }

  // The data: { strings: [..], controls: [{ id, anchor, title, dims, status, reason, resource, values, change, seen }] };
  // status and change are a digit for each row; resource and the columns in values are numbers of strings, each the difference to
  // the number before.
  // The same digest as the static page's: cyrb53 over UTF-16 units, in base 36.
  const digest = (text) => {
    let a = 0xdeadbeef;
    let b = 0x41c6ce57;
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 2654435761);
      b = Math.imul(b ^ unit, 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
  };

  let loaded = null;
  const load = () => (loaded ??= (async () => {
    const packed = atob($("data").textContent.trim());
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i += 1) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const data = JSON.parse(await new Response(stream).text());
    const summed = (differences) => {
      let number = 0;
      return differences.map((difference) => (number += difference));
    };
    for (const control of data.controls) {
      control.status = [...control.status].map(Number);
      if (control.change) control.change = [...control.change].map(Number);
      control.resource = summed(control.resource);
      control.values = control.values.map(summed);
      // One call for all reasons is several times as fast as one for each.
      control.lower = control.reason.join("\u0000").toLowerCase().split("\u0000");
    }
    strings = data.strings;
    lower = strings.map((text) => text.toLowerCase());
    names = new Set(data.controls.flatMap((control) => control.dims.map((name) => name.toLowerCase())));
    return data;
  })());
  let strings = [];
  let lower = [];
  // The names of all dimensions, in lower case.
  let names = new Set();

  // The ids of a control's rows, as the static page has them, made for the rows that are shown: a digest of resource and
  // dimensions, with a number from the second row on that has the same.
  const keyOf = (control, i) => {
    control.keys ??= [];
    return (control.keys[i] ??= digest(
      [strings[control.resource[i]], ...control.dims.flatMap((name, c) => [name, strings[control.values[c][i]]])].join("\u0001"),
    ));
  };
  const idOf = (control, i) => {
    if (!control.same) {
      control.same = new Map();
      control.resource.forEach((resource, n) => {
        const rows = control.same.get(resource);
        if (rows) rows.push(n);
        else control.same.set(resource, [n]);
      });
    }
    const key = keyOf(control, i);
    const times = control.same.get(control.resource[i]).filter((n) => n <= i && keyOf(control, n) === key).length;
    return times === 1 ? key : key + "-" + times;
  };
  const rowOf = (control, id) => {
    const key = id.split("-")[0];
    return control.resource.findIndex((_, i) => keyOf(control, i) === key && idOf(control, i) === id);
  };

  // What is asked for; the URL's hash is its only store. A hash without "=" is a link to a place.
  const NAMES = { q: "f-search", severity: "f-severity", section: "f-section", change: "f-change" };
  const read = () => {
    const query = { q: "", status: [], severity: "", section: "", change: "", dims: Object.create(null) };
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return query;
    for (const [key, value] of new URLSearchParams(hash)) {
      if (key === "status") query.status = value.split(",").filter((s) => STATUSES.includes(s));
      else if (Object.hasOwn(NAMES, key)) query[key] = value;
      else if (key.startsWith("d.")) query.dims[key.slice(2)] = value;
    }
    return query;
  };
  const write = (query) => {
    const parameters = new URLSearchParams();
    for (const key of Object.keys(NAMES)) if (query[key]) parameters.set(key, query[key]);
    if (query.status.length) parameters.set("status", query.status.join(","));
    for (const [name, value] of Object.entries(query.dims)) if (value) parameters.set("d." + name, value);
    const text = parameters.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };
  const isEmpty = (q) => !q.q && !q.status.length && !q.severity && !q.section && !q.change && !Object.values(q.dims).some(Boolean);

  const element = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const badge = (status) => {
    const node = element("span", "badge " + status);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon " + status);
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", "#icon-" + status);
    svg.append(use);
    node.append(svg, status);
    return node;
  };

  const row = (control, i) => {
    const status = STATUSES[control.status[i]];
    const change = CHANGES[control.change?.[i] ?? 0];
    const tr = element("tr", change === "new" ? "new" : "");
    tr.id = control.anchor + "--" + idOf(control, i);
    const first = element("td");
    first.append(badge(status));
    if (change) first.append(" ", element("span", "tag " + change, change));
    const resource = element("th", "resource", strings[control.resource[i]]);
    resource.scope = "row";
    const link = element("a", "link", "#");
    link.href = "#" + tr.id;
    link.setAttribute("aria-label", "Link to this result");
    resource.append(" ", link);
    if (control.seen?.[i]) resource.append(element("span", "seen", "first seen " + control.seen[i]));
    tr.append(first, element("td", "reason", control.reason[i]), resource);
    control.values.forEach((column, c) => {
      const cell = element("td", "", strings[column[i]]);
      cell.dataset.label = control.dims[c];
      tr.append(cell);
    });
    return tr;
  };

  // Shows the rows of one control whose numbers are given, a chunk at a time.
  const show = (index, control, numbers, first = CHUNK) => {
    const box = articles.get(index).querySelector(".results");
    box.replaceChildren();
    if (!numbers.length) return;
    const scroll = element("div", "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Results of " + control.title);
    const table = element("table");
    table.append(element("caption", "sr", "Results of " + control.title));
    const head = element("tr");
    for (const name of ["Status", "Reason", "Resource", ...control.dims]) {
      const th = element("th", "", name);
      th.scope = "col";
      head.append(th);
    }
    const thead = element("thead");
    thead.append(head);
    const body = element("tbody");
    table.append(thead, body);
    scroll.append(table);
    box.append(scroll);
    const more = element("p", "more");
    const button = element("button");
    button.type = "button";
    let next = 0;
    const chunk = (size) => {
      const end = Math.min(next + size, numbers.length);
      const rows = document.createDocumentFragment();
      for (; next < end; next += 1) rows.append(row(control, numbers[next]));
      body.append(rows);
      if (next < numbers.length) button.textContent = `Show ${Math.min(CHUNK, numbers.length - next)} more of ${numbers.length - next}`;
      else more.remove();
    };
    button.addEventListener("click", () => chunk(CHUNK));
    more.append(button);
    box.append(more);
    chunk(first);
  };

  // What the static page shows in a box, kept until the filters are cleared.
  const pristine = new Map();
  const keep = (box) => {
    if (!pristine.has(box)) pristine.set(box, [...box.childNodes]);
  };
  const restore = () => {
    for (const [box, nodes] of pristine) box.replaceChildren(...nodes);
    for (const node of document.querySelectorAll(".control, .section, .reference")) node.hidden = false;
    for (const [article, open] of opened) article.firstElementChild.open = open;
    opened.clear();
    $("nothing").hidden = true;
    $("f-count").textContent = "";
  };
  const opened = new Map();

  // The rows of each control that pass the filters, and the controls without rows that do; null without filters.
  let passing = null;
  let turn = 0;
  const apply = async () => {
    const query = read();
    const mine = (turn += 1);
    fill(query);
    if (isEmpty(query)) {
      passing = null;
      return restore();
    }
    const data = await load();
    if (mine !== turn) return;
    // Words, "several words", name=value and name="several words".
    const words = (query.q.toLowerCase().match(/[^\s"]*"[^"]*"|\S+/g) ?? []).map((w) => w.replaceAll('"', "")).filter(Boolean);
    const pairOf = (w) => [w.slice(0, w.indexOf("=")), w.slice(w.indexOf("=") + 1)];
    const isPair = (w) => w.includes("=") && (names.has(pairOf(w)[0]) || ["resource", "status"].includes(pairOf(w)[0]));
    const pairs = words.filter(isPair).map(pairOf);
    const plain = words.filter((w) => !isPair(w));
    const wanted = STATUSES.map((status) => !query.status.length || query.status.includes(status));
    // Which strings have a word: looked up for each row instead of searched again.
    const having = (word) => lower.map((text) => text.includes(word));
    const inStrings = new Map([...plain, ...pairs.map(([, value]) => value)].map((word) => [word, having(word)]));
    const section = $(query.section)?.dataset.number;
    const shown = new Set();
    passing = new Map();
    let matches = 0;
    let controls = 0;
    // Few rows are drawn at once: the page answers while its reader types.
    let room = FIRST;
    data.controls.forEach((control, index) => {
      const article = articles.get(index);
      if (!article) return;
      const box = article.querySelector(".results");
      keep(box);
      const inSection = !query.section || (article.dataset.path + " " + (article.dataset.also ?? "")).split(" ").includes(section);
      const bySeverity = !query.severity || article.dataset.severity === query.severity.toLowerCase();
      const numbers = [];
      let whole = false;
      if (inSection && bySeverity) {
        const head = (control.title + " " + control.id).toLowerCase();
        const rest = plain.filter((w) => !head.includes(w));
        const picked = Object.entries(query.dims).filter(([, v]) => v);
        const tests = [(i) => wanted[control.status[i]]];
        if (query.change) {
          const asked = CHANGES.map((change) => (query.change === "any" ? change !== "" : change === query.change));
          tests.push((i) => asked[control.change?.[i] ?? 0]);
        }
        for (const [name, value] of picked) {
          const column = control.values[control.dims.indexOf(name)];
          const number = strings.indexOf(value);
          tests.push((i) => column !== undefined && column[i] === number);
        }
        for (const [name, value] of pairs) {
          const has = inStrings.get(value);
          const column = name === "resource" ? control.resource : control.values[control.dims.findIndex((d) => d.toLowerCase() === name)];
          if (name === "status" && !column) tests.push((i) => STATUSES[control.status[i]].includes(value));
          else tests.push((i) => column !== undefined && has[column[i]]);
        }
        for (const word of rest) {
          const has = inStrings.get(word);
          tests.push((i) => has[control.resource[i]] || control.values.some((column) => has[column[i]]) || control.lower[i].includes(word));
        }
        rows: for (let i = 0; i < control.reason.length; i += 1) {
          for (const test of tests) if (!test(i)) continue rows;
          numbers.push(i);
        }
        // A control without rows is found by itself: when it failed as an error, else when no status is asked for.
        const failed = article.classList.contains("error");
        const changed = !query.change || (query.change === "any" ? Boolean(article.dataset.change) : article.dataset.change === query.change);
        whole = !control.reason.length && !picked.length && !pairs.length && !rest.length && changed && (failed ? wanted[0] : !query.status.length);
      }
      const visible = numbers.length > 0 || whole;
      article.hidden = !visible;
      if (!visible) return;
      passing.set(index, numbers);
      controls += 1;
      matches += numbers.length;
      for (const number of article.dataset.path.split(" ")) shown.add(number);
      const details = article.firstElementChild;
      if (!opened.has(article)) opened.set(article, details.open);
      details.open = room > 0;
      if (whole) box.replaceChildren(...pristine.get(box));
      else if (details.open) {
        const first = Math.min(room, FIRST_OF_ONE);
        room -= Math.min(first, numbers.length);
        show(index, control, numbers, first);
      } else {
        box.replaceChildren();
        const toggled = () => {
          if (mine === turn && !details.open) return;
          details.removeEventListener("toggle", toggled);
          if (mine === turn) show(index, control, numbers);
        };
        details.addEventListener("toggle", toggled);
      }
    });
    for (const section of document.querySelectorAll(".section")) section.hidden = !shown.has(section.dataset.number);
    for (const reference of document.querySelectorAll(".reference")) reference.hidden = true;
    $("nothing").hidden = controls > 0;
    $("f-count").textContent = `${matches.toLocaleString("en")} ${matches === 1 ? "result" : "results"} in ${controls} ${controls === 1 ? "control" : "controls"}`;
  };

  const lists = document.querySelectorAll("#filters select[data-name]");

  // Puts the query into the form.
  const fill = (query) => {
    for (const [key, id] of Object.entries(NAMES)) {
      const field = $(id);
      if (field && field !== document.activeElement) field.value = query[key];
    }
    for (const box of document.querySelectorAll("#filters input[name=status]")) box.checked = query.status.includes(box.value);
    for (const select of lists) select.value = query.dims[select.dataset.name] ?? "";
  };

  // Reads the form, stores it in the hash, applies it.
  const changed = () => {
    const query = read();
    for (const [key, id] of Object.entries(NAMES)) query[key] = $(id)?.value.trim() ?? "";
    query.status = [...document.querySelectorAll("#filters input[name=status]:checked")].map((box) => box.value);
    for (const select of lists) query.dims[select.dataset.name] = select.value;
    write(query);
    return apply();
  };

  // A link to a control or a result opens it, also when the result is not in the static page.
  const follow = async () => {
    for (const node of document.querySelectorAll(".target")) node.classList.remove("target");
    let hash = location.hash.slice(1);
    try {
      hash = decodeURIComponent(hash);
    } catch {
      // Not a link of ours.
    }
    if (!hash || hash.includes("=")) return apply();
    turn += 1;
    passing = null;
    restore();
    fill(read());
    const at = hash.lastIndexOf("--");
    const article = ($(hash) ?? $(hash.slice(0, Math.max(at, 0))))?.closest("article.control[data-index]");
    if (article) article.firstElementChild.open = true;
    if (article && !$(hash)) {
      const data = await load();
      const index = Number(article.dataset.index);
      const control = data.controls[index];
      const row = rowOf(control, hash.slice(at + 2));
      if (row >= 0) {
        keep(article.querySelector(".results"));
        show(index, control, [row, ...control.reason.keys()].filter((n, i) => i === 0 || n !== row));
      }
    }
    const target = $(hash) ?? article;
    if (target) {
      target.scrollIntoView();
      target.classList.add("target");
    }
  };

  // Writes what passes the filters to a file for a spreadsheet. A cell that a spreadsheet would take for a formula gets
  // an apostrophe in front.
  const save = async () => {
    const data = await load();
    const dims = [...new Set(data.controls.flatMap((control) => control.dims))].sort();
    const changes = data.controls.some((control) => control.change);
    const cell = (text) => {
      const safe = /^[=+@\t\r-]/.test(text) ? "'" + text : text;
      return /^\s|[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
    };
    const lines = [["control", "title", "severity", "status", "reason", "resource", ...(changes ? ["change", "first_seen"] : []), ...dims]];
    data.controls.forEach((control, index) => {
      const article = articles.get(index);
      if (!article || (passing && !passing.has(index))) return;
      const head = [control.id, control.title, article.querySelector("summary .severity")?.textContent ?? ""];
      const failure = article.querySelector(".failure:not(.note) .text")?.textContent;
      if (failure) lines.push([...head, "error", failure]);
      for (const i of passing?.get(index) ?? control.reason.keys()) {
        const change = changes ? [CHANGES[control.change?.[i] ?? 0], control.seen?.[i] ?? ""] : [];
        const places = dims.map((name) => control.values[control.dims.indexOf(name)]);
        const values = places.map((column) => (column ? strings[column[i]] : ""));
        lines.push([...head, STATUSES[control.status[i]], control.reason[i], strings[control.resource[i]], ...change, ...values]);
      }
    });
    const width = lines[0].length;
    const text = lines.map((line) => Array.from({ length: width }, (_, c) => cell(line[c] ?? "")).join(",") + "\r\n").join("");
    const link = element("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = document.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  $("filters").hidden = false;
  let timer = 0;
  $("filters").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(changed, event.target.type === "search" ? 60 : 0);
  });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const event of ["focusin", "pointerenter"]) $("filters").addEventListener(event, load, { once: true });
  $("f-clear").addEventListener("click", () => {
    clearTimeout(timer);
    $("filters").reset();
    for (const select of document.querySelectorAll("#filters select")) select.value = "";
    changed();
  });
  $("f-save").addEventListener("click", save);
  $("f-open").addEventListener("click", (event) => {
    const all = [...articles.values()].filter((article) => !article.hidden).map((article) => article.firstElementChild);
    const open = event.target.textContent === "Open all";
    for (const details of all) details.open = open;
    event.target.textContent = open ? "Close all" : "Open all";
  });
  // Links of the first screen to a filtered list.
  for (const link of document.querySelectorAll("a[data-filter]")) link.href = "#" + link.dataset.filter;
  document.addEventListener("click", async (event) => {
    if (event.target.closest("a[data-filter]")) $("results").scrollIntoView();
    const all = event.target.closest("button[data-show]");
    if (all) {
      const index = Number(all.dataset.show);
      const data = await load();
      const box = articles.get(index).querySelector(".results");
      keep(box);
      show(index, data.controls[index], [...data.controls[index].reason.keys()]);
    }
    const copy = event.target.closest("button.copy");
    if (copy) {
      await navigator.clipboard.writeText(copy.previousElementSibling.textContent).then(
        () => (copy.textContent = "Copied"),
        () => (copy.textContent = "Not copied"),
      );
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    }
  });
  if (navigator.clipboard) {
    const button = () => {
      const node = element("button", "copy", "Copy");
      node.type = "button";
      return node;
    };
    for (const pre of document.querySelectorAll("article.control pre")) {
      const box = element("div", "code");
      pre.replaceWith(box);
      box.append(pre, button());
    }
    // Commands stand in lists too.
    for (const code of document.querySelectorAll(".fix :not(pre) > code")) {
      if (code.textContent.trim().split(/\s+/).length > 2) code.after(button());
    }
  }
  addEventListener("hashchange", follow);
  // Paper shows what needs action.
  const closed = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll(":is(.control.alarm, .control.error) :is(article > details, .fix):not([open]), .panel details:not([open])")) {
      details.open = true;
      closed.push(details);
    }
  });
  addEventListener("afterprint", () => {
    while (closed.length) closed.pop().open = false;
  });
  follow();
  // The rows are unpacked while nobody waits for them.
  (globalThis.requestIdleCallback ?? setTimeout)(load);
})();
