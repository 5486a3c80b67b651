"""The first half of a page's script: the data of its sheets, searching and sorting."""

from __future__ import annotations

SEARCH = r"""
"use strict";
(() => {
const ROW = 35, BEYOND = 12, WIDEST = 330, LONG = 30;
const $ = id => document.getElementById(id);
const book = JSON.parse($("book").textContent);
const narrow = matchMedia("(max-width: 760px)");
const collator = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"});
const count = new Intl.NumberFormat();

/* An element: attributes, text and children. */
function h(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "on") for (const [event, call] of Object.entries(value)) made.addEventListener(event, call);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter(each => each !== null));
  return made;
}

/* -- sheets ------------------------------------------------------------------------------------------------------ */

const sheets = book.sheets.map((sheet, place) => ({
  ...sheet, place, view: null, sort: null, top: 0, chosen: 0, ranks: [], texts: null,
  key: sheet.title.toLowerCase(),
  names: sheet.columns.map(each => each.title.toLowerCase().replace(/[^a-z0-9]+/g, "")),
  bad: sheet.rows.map(row => sheet.columns.some((each, at) => isState(each) && tone(row[at]) === "bad")),
  said: sheet.columns.map((_, at) => !sheet.rows.length || at === 0 || sheet.rows.some(row => row[at] !== null)),
}));
let sheet = sheets[0], query = "", terms = [];
/* The columns and the rows that are drawn, and for how many pixels of rows there is room. */
let shown = [], drawn = {from: 0, to: 0}, room = 900, printing = false, open = false;

function isState(column) { return column.form === "state"; }
function tone(state) { return book.tones[state] || ""; }

function said(value, form) {
  if (value === null) return "";
  if (form === "use") return count.format(value[0]) + " of " + count.format(value[1]);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/* The values of a cell, of which a list has several. */
function values(value, form) { return Array.isArray(value) && form !== "use" ? value : [value]; }

/* What each row says, for searching; once, when it is searched first. */
function texts(of) {
  if (!of.texts) {
    of.texts = of.rows.map(row => row.map((each, at) => said(each, of.columns[at].form)).join("\n").toLowerCase());
  }
  return of.texts;
}

/* -- searching --------------------------------------------------------------------------------------------------- */

/* Words of which a row must have all: word, "some words", -word, column:word, column="the whole". */
const TERM = /(-?)(?:([\p{L}\p{N}]+)([:=]))?(?:"([^"]*)"?|(\S+))/gu;
function parsed(text) {
  return [...text.matchAll(TERM)].map(([, not, column, sign, quoted, word]) => ({
    not: not !== "", column: (column || "").toLowerCase(), sign: sign || "",
    wanted: (quoted !== undefined ? quoted : word).toLowerCase(),
  }));
}

function matcher(of) {
  const lines = texts(of);
  const tests = terms.map(({not, column, sign, wanted}) => {
    const at = column ? of.names.indexOf(column) : -1, plain = column + sign + wanted;
    if (at < 0) return place => lines[place].includes(plain) !== not;
    const form = of.columns[at].form;
    const hit = value => {
      const text = said(value, form).toLowerCase();
      return sign === "=" ? text === wanted : text.includes(wanted);
    };
    return place => values(of.rows[place][at], form).some(hit) !== not;
  });
  return place => tests.every(test => test(place));
}

function look(of) {
  const every = of.rows.keys();
  if (!terms.length) return [...every];
  const fits = matcher(of);
  return [...every].filter(fits);
}

/* -- sorting ----------------------------------------------------------------------------------------------------- */

/* The place of each row's value among all of its column. */
function ranks(of, at) {
  if (!of.ranks[at]) {
    const form = of.columns[at].form;
    const key = row => {
      const value = row[at];
      if (value === null) return null;
      if (form === "use") return value[1] ? value[0] / value[1] : 0;
      return typeof value === "number" ? value : said(value, form);
    };
    const keys = of.rows.map(key);
    const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
    const distinct = [...new Set(keys)].filter(each => each !== null).sort(compare);
    const rank = new Map(distinct.map((each, place) => [each, place]));
    of.ranks[at] = keys.map(each => each === null ? -1 : rank.get(each));
  }
  return of.ranks[at];
}

function sorted(of, rows) {
  if (!of.sort) return rows;
  const {at, down} = of.sort, rank = ranks(of, at);
  /* What has no value comes last either way. */
  return rows.sort((a, b) => rank[a] < 0 || rank[b] < 0 ? (rank[a] < 0) - (rank[b] < 0) || a - b
    : (down ? rank[b] - rank[a] : rank[a] - rank[b]) || a - b);
}

/* A spreadsheet takes some texts for formulas. */
function asCsv() {
  const quoted = value => {
    const text = typeof value === "string" && /^[=+\-@\t]/.test(value) ? "'" + value : String(value);
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  };
  const plain = (value, at) => typeof value === "number" ? value : said(value, sheet.columns[at].form);
  const rows = sheet.view.map(at => sheet.rows[at].map(plain));
  return [sheet.columns.map(each => each.title), ...rows].map(row => row.map(quoted).join(",")).join("\n") + "\n";
}

function save() {
  const href = URL.createObjectURL(new Blob([asCsv()], {type: "text/csv"}));
  h("a", {download: sheet.key + ".csv", href}).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
"""
