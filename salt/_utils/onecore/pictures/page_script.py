"""The script of a page of sheets: searching, sorting, and scrolling, with only the visible rows in the document.

All data are set as text, so that no data of a cloud become markup.
"""

from __future__ import annotations

from .page_search import SEARCH

SCRIPT = (
    SEARCH
    + r"""
/* -- drawing ----------------------------------------------------------------------------------------------------- */

function cell(value, column) {
  if (value === null) return h("span", {class: "nothing"}, "\u2013");
  const text = said(value, column.form);
  if (column.form === "state") {
    const kind = tone(value);
    return h("span", {class: "state " + kind}, h("span", {class: "dot " + kind}), text);
  }
  if (column.form === "use") {
    const full = value[1] && value[0] >= value[1], filled = h("i");
    filled.style.width = (value[1] ? Math.min(100, 100 * value[0] / value[1]) : 0) + "%";
    return h("span", {}, h("span", {class: "meter" + (full ? " full" : "")}, filled), text);
  }
  return document.createTextNode(column.form === "number" && typeof value === "number" ? String(value) : text);
}

/* How many pixels a column needs, by its longest texts. */
function width(column, at) {
  const texts = [...new Set(sheet.rows.map(row => said(row[at], column.form)))].sort((a, b) => b.length - a.length);
  const more = column.form === "use" ? (narrow.matches ? 0 : 66) : column.form === "state" ? 16 : 0;
  const widest = Math.max(...texts.slice(0, 20).map(each => measured(each) + more), measured(column.title) + 8, 24);
  return Math.ceil(Math.min(widest, WIDEST)) + (narrow.matches ? 24 : 32);
}

const canvas = document.createElement("canvas").getContext("2d");
function measured(text) {
  canvas.font = "550 14px " + getComputedStyle(document.body).fontFamily;
  return canvas.measureText(text).width;
}

function head() {
  shown = [...sheet.columns.keys()].filter(at => sheet.said[at] && !(narrow.matches && sheet.columns[at].minor));
  if (!sheet.widths) {
    sheet.widths = sheet.columns.map(width);
  }
  const columns = shown.map(at => { const made = h("col"); made.style.width = sheet.widths[at] + "px"; return made; });
  const titles = shown.map(at => {
    const sort = sheet.sort && sheet.sort.at === at ? (sheet.sort.down ? "descending" : "ascending") : null;
    const {title, form} = sheet.columns[at];
    const button = h("button", {type: "button", title: "Sort by " + title, on: {click: () => sortBy(at)}}, title);
    return h("th", {scope: "col", "aria-sort": sort, class: form === "number" ? "number" : null}, button);
  });
  $("columns").replaceChildren(...columns);
  $("head").replaceChildren(h("tr", {}, ...titles));
  $("table").style.minWidth = shown.reduce((sum, at) => sum + sheet.widths[at], 0) + "px";
  $("table").setAttribute("aria-rowcount", sheet.view.length + 1);
}

/* What stands for the rows above and below of those that are drawn. */
const above = h("tr", {class: "space", role: "presentation"}, h("td"));
const below = h("tr", {class: "space", role: "presentation"}, h("td"));

function lines(from, to) {
  const made = [];
  for (let at = from; at < to; at++) made.push(line(at));
  return made;
}

/* The rows that are seen, and some beyond; to ask where it is scrolled to costs, so that who knows it says it.
   Rows that are there stay, unless all are drawn again. */
function draw(fresh, top = $("grid").scrollTop) {
  const all = sheet.view.length;
  const from = printing ? 0 : Math.min(all, Math.max(0, Math.floor(top / ROW) - BEYOND));
  const to = printing ? all : Math.min(all, Math.ceil((top + room) / ROW) + BEYOND);
  if (fresh || from >= drawn.to || to <= drawn.from) $("rows").replaceChildren(above, ...lines(from, to), below);
  else {
    for (; drawn.from < from; drawn.from++) above.nextSibling.remove();
    for (; drawn.to > to; drawn.to--) below.previousSibling.remove();
    above.after(...lines(from, drawn.from));
    below.before(...lines(drawn.to, to));
  }
  drawn = {from, to};
  above.style.height = from * ROW + "px";
  below.style.height = (all - to) * ROW + "px";
}

function line(at) {
  const row = sheet.rows[sheet.view[at]];
  return h("tr", {id: "row" + at, "aria-rowindex": at + 2, "aria-selected": at === sheet.chosen, "data-at": at},
    ...shown.map(each => {
      const column = sheet.columns[each], text = said(row[each], column.form);
      const number = column.form === "number" ? "number" : null, title = text.length > LONG ? text : null;
      return h("td", {class: number, title}, cell(row[each], column));
    }));
}

function facets() {
  const at = sheet.columns.findIndex(isState);
  if (!sheet.states) {
    const found = new Map();
    if (at >= 0) for (const row of sheet.rows) found.set(row[at], (found.get(row[at]) || 0) + 1);
    sheet.states = found.size < 2 ? [] : [...found].sort((a, b) => b[1] - a[1]).slice(0, 8);
  }
  $("facets").replaceChildren(...sheet.states.map(([state, number]) => {
    const word = sheet.names[at] + '="' + state + '"', pressed = query.includes(word);
    const toggle = () => search((pressed ? query.replace(word, "") : without(sheet.names[at]) + " " + word).trim());
    return h("button", {type: "button", class: "facet", "aria-pressed": pressed, on: {click: toggle}},
      h("span", {class: "dot " + tone(state)}), state, h("span", {class: "count"}, count.format(number)));
  }));
}

/* What is searched for, but for the states of a column. */
function without(name) {
  return query.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter(each => !each.startsWith(name + "=")).join(" ");
}

function tabs() {
  for (const each of sheets) {
    const number = each.view.length, bad = each.view.reduce((sum, at) => sum + each.bad[at], 0);
    each.tab.className = "tab" + (number ? "" : " none");
    each.tab.setAttribute("aria-selected", each === sheet);
    each.tab.tabIndex = each === sheet ? 0 : -1;
    each.tab.replaceChildren(each.title, h("span", {class: "count"}, count.format(number)),
      bad ? h("span", {class: "alarm", title: "In trouble"}, count.format(bad)) : "");
  }
}

/* Draws everything again; scrolled to the top where what is shown is another, or to where it was before. */
function refresh(fresh, top = fresh ? 0 : $("grid").scrollTop) {
  sheet.view = sorted(sheet, look(sheet));
  sheet.chosen = Math.max(0, Math.min(fresh ? 0 : sheet.chosen, sheet.view.length - 1));
  if (fresh) for (const each of sheets) if (each !== sheet) each.view = look(each);
  tabs(); facets(); head(); draw(true, top);
  $("grid").scrollTop = top;
  const all = sheet.rows.length, here = sheet.view.length;
  const every = count.format(all) + (all === 1 ? " row" : " rows");
  $("told").textContent = here === all ? every : count.format(here) + " of " + every;
  $("empty").hidden = here > 0;
  $("why").textContent = all ? "Nothing here matches." : sheet.empty;
  $("clear").hidden = !all;
  $("table").setAttribute("aria-activedescendant", here ? "row" + sheet.chosen : "");
  $("table").setAttribute("aria-label", sheet.title);
  details(); keep();
}

function sortBy(at) {
  const now = sheet.sort;
  sheet.sort = !now || now.at !== at ? {at, down: false} : now.down ? null : {at, down: true};
  refresh(true);
  $("head").querySelectorAll("button")[shown.indexOf(at)].focus();
}

/* -- going about ------------------------------------------------------------------------------------------------- */

function show(which, focus) {
  sheet.top = $("grid").scrollTop;
  sheet = which;
  refresh(false, sheet.top);
  which.tab.scrollIntoView({block: "nearest", inline: "nearest"});
  if (focus) which.tab.focus();
}

function search(text) {
  query = text; terms = parsed(text);
  if ($("search").value !== text) $("search").value = text;
  $("slash").hidden = text !== "";
  refresh(true);
}

function choose(at) {
  if (!sheet.view.length) return;
  sheet.chosen = Math.max(0, Math.min(at, sheet.view.length - 1));
  const grid = $("grid"), top = sheet.chosen * ROW, high = room - 39;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + ROW > grid.scrollTop + high) grid.scrollTop = top + ROW - high;
  draw(false);
  for (const each of $("rows").querySelectorAll("[aria-selected=true]")) each.setAttribute("aria-selected", false);
  $("row" + sheet.chosen).setAttribute("aria-selected", true);
  $("table").setAttribute("aria-activedescendant", "row" + sheet.chosen);
  details();
}

function details() {
  const row = sheet.rows[sheet.view[sheet.chosen]];
  $("details").hidden = !open || !row;
  $("panel").className = open ? "open" : "";
  if ($("details").hidden) return;
  $("name").textContent = sheet.title.replace(/s$/, "") + " " + said(row[0], sheet.columns[0].form);
  $("facts").replaceChildren(...sheet.columns.flatMap((column, at) => {
    const shown = each => column.form === "text" && each ? link(each) : cell(each, column);
    return [h("dt", {}, column.title), h("dd", {}, ...values(row[at], column.form).map(shown))];
  }));
}

function link(text) {
  const on = {click: () => search('"' + text + '"')};
  return h("div", {}, h("button", {type: "button", class: "link", title: "Search everywhere", on}, text));
}

/* The place in the address, so that it can be kept and sent. */
let waiting = 0;
function keep() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const sort = sheet.sort ? (sheet.sort.down ? "-" : "") + sheet.names[sheet.sort.at] : "";
    const said = new URLSearchParams(Object.entries({q: query, sort}).filter(each => each[1]));
    const hash = "#" + sheet.key + (said.size ? "?" + said : "");
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }, 250);
}

function arrive() {
  const [key, said] = decodeURI(location.hash.slice(1)).split(/\?(.*)/s), wanted = new URLSearchParams(said || "");
  sheet = sheets.find(each => each.key === key) || sheet;
  const sort = wanted.get("sort") || "", at = sheet.names.indexOf(sort.replace(/^-/, ""));
  sheet.sort = at < 0 ? null : {at, down: sort.startsWith("-")};
  search(wanted.get("q") || "");
}

/* Light and dark; a browser that keeps nothing for files on disk forgets it. */
function theme(set) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement, now = root.dataset.theme || (dark ? "dark" : "light");
  root.dataset.theme = set || (now === "dark" ? "light" : "dark");
  try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { return; }
}

function age() {
  const seconds = Date.now() / 1000 - book.made, units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, long] = units.find(each => seconds >= each[1]) || ["minute", 60];
  const ago = new Intl.RelativeTimeFormat("en", {numeric: "auto"}).format(-Math.floor(seconds / long), unit);
  $("age").textContent = seconds < 60 ? "as of just now" : "as of " + ago;
  $("age").title = new Date(book.made * 1000).toLocaleString();
  $("about").classList.toggle("old", seconds > 2 * 86400);
}

/* -- hands ------------------------------------------------------------------------------------------------------- */

function toggleDetails(wanted) { open = wanted; details(); }

const strides = {ArrowDown: 1, ArrowUp: -1, j: 1, k: -1};
function onGrid(event) {
  if (event.target !== $("table") || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(room / ROW) - 2);
  if (event.key in strides) choose(sheet.chosen + strides[event.key]);
  else if (event.key === "PageDown") choose(sheet.chosen + page);
  else if (event.key === "PageUp") choose(sheet.chosen - page);
  else if (event.key === "Home") choose(0);
  else if (event.key === "End") choose(sheet.view.length - 1);
  else if (event.key === "Enter" || event.key === " ") toggleDetails(!open);
  else return;
  event.preventDefault();
}

function onTabs(event) {
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (step) show(sheets[(sheet.place + step + sheets.length) % sheets.length], true);
  else if (event.key === "ArrowDown") $("table").focus({preventScroll: true});
  else return;
  event.preventDefault();
}

function onSearch(event) {
  if (event.key === "Escape") { if (query) search(""); else $("table").focus({preventScroll: true}); }
  else if (event.key === "ArrowDown" || event.key === "Enter") $("table").focus({preventScroll: true});
  else return;
  event.preventDefault();
}

function anywhere(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if ($("help").open || event.target === $("search")) return;
  if (event.key === "/") { $("search").focus(); $("search").select(); }
  else if (event.key === "?") $("help").showModal();
  else if (event.key === "t") theme();
  else if (event.key === "Escape" && open) { toggleDetails(false); $("table").focus({preventScroll: true}); }
  else if (event.key === "Escape" && query) search("");
  else if (/^[1-9]$/.test(event.key) && sheets[event.key - 1]) show(sheets[event.key - 1]);
  else return;
  event.preventDefault();
}

for (const each of sheets) {
  const on = {click: () => show(each)};
  each.tab = h("button", {type: "button", role: "tab", "aria-controls": "panel", on}, each.title);
  $("tabs").append(each.tab);
}
let frame = 0;
const later = work => { cancelAnimationFrame(frame); frame = requestAnimationFrame(work); };
$("grid").addEventListener("scroll", () => later(() => draw(false)), {passive: true});
$("table").addEventListener("keydown", onGrid);
$("tabs").addEventListener("keydown", onTabs);
$("search").addEventListener("keydown", onSearch);
$("search").addEventListener("input", event => search(event.target.value));
$("rows").addEventListener("click", event => {
  const row = event.target.closest("tr[data-at]");
  if (!row) return;
  const again = open && Number(row.dataset.at) === sheet.chosen;
  open = !again;
  choose(Number(row.dataset.at));
});
$("clear").addEventListener("click", () => { search(""); $("search").focus(); });
$("close").addEventListener("click", () => { toggleDetails(false); $("table").focus({preventScroll: true}); });
$("theme").addEventListener("click", () => theme());
$("keys").addEventListener("click", () => $("help").showModal());
$("helped").addEventListener("click", () => $("help").close());
$("csv").addEventListener("click", save);
addEventListener("keydown", anywhere);
new ResizeObserver(([seen]) => { room = seen.contentRect.height; later(() => draw(false)); }).observe($("grid"));
addEventListener("hashchange", arrive);
addEventListener("beforeprint", () => { printing = true; draw(true); });
addEventListener("afterprint", () => { printing = false; draw(true); });
narrow.addEventListener("change", () => { for (const each of sheets) each.widths = null; refresh(false); });
try { if (localStorage.theme) theme(localStorage.theme); } catch (error) { /* Nothing is kept. */ }
for (const each of sheets) each.view = look(each);
arrive(); age(); setInterval(age, 30000);
})();
"""
)
