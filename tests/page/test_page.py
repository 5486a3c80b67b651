"""The page in a browser: searching, sorting, keyboard, light and dark mode."""

import pytest

from onecore.pictures.sheets import Column, Sheet

ROWS = "#rows tr[data-at]"
CHOSEN = "#rows tr[aria-selected=true]"


def column(browser, number):
    """What the rows that are drawn have in a column."""
    return browser.texts(f"{ROWS} td:nth-child({number})")


def counts(browser):
    """How many rows each sheet shows, by its title."""
    told = browser.run(
        "return [...document.querySelectorAll('.tab')].map(each =>"
        " [each.firstChild.textContent, Number(each.querySelector('.count').textContent.replace(/,/g, ''))])"
    )
    return dict(told)


def background(browser):
    return browser.run("return getComputedStyle(document.body).backgroundColor")


def focused(browser):
    return browser.run("return document.activeElement.id")


@pytest.fixture
def opened(browser, address):
    """The page of the small cloud, as it opens."""
    browser.open(address)
    return browser


def test_it_opens_on_the_users(opened):
    assert opened.texts("h1") == ["a cloud"]
    assert opened.texts("#told") == ["5 rows"]
    assert column(opened, 1) == ["alice", "basile", "camille", "damien", "elise"]
    assert list(counts(opened)) == ["Users", "Networks", "VMs", "Labs", "Leases", "Drift", "VLANs", "Audit"]
    assert opened.texts("#age")[0].startswith("as of ")
    assert "old" in opened.run("return document.getElementById('about').className")


# -- searching --------------------------------------------------------------------------------------------------------


def test_a_search_goes_over_all_sheets(opened):
    opened.press("/", "alice")
    assert column(opened, 1) == ["alice"]
    assert opened.texts("#told") == ["1 of 5 rows"]
    assert counts(opened)["Networks"] == 12
    opened.press("Escape")
    assert opened.texts("#told") == ["5 rows"]


@pytest.mark.parametrize(
    ("query", "rows"),
    [("dmz", 15), ("DMZ1", 5), ("dmz1 alice", 1), ("dmz1 -alice", 4), ("network:dmz", 15), ("owner:dmz", 0),
     ("vlan=10", 0), ("vlan=105", 1), ("vlan:10", 11), ('"10.0.5.0/24"', 1), ("nobody", 0), ("state=error", 1)],
)  # fmt: skip
def test_words(opened, query, rows):
    opened.press("2", "/", query)
    assert opened.texts("#told") == [f"{rows} of 60 rows"]
    assert len(column(opened, 1)) == rows


def test_nothing_matches(opened):
    opened.press("/", "nobody at all")
    assert opened.texts("#why") == ["Nothing here matches."]
    opened.click("#clear")
    assert opened.texts("#told") == ["5 rows"]
    assert focused(opened) == "search"


def test_a_sheet_without_rows_says_what_that_means(browser, written):
    browser.open(written("empty", [Sheet("Things", (Column("Name"), Column("Form")), [], "There is no thing.")]))
    assert browser.texts("#why") == ["There is no thing."]
    assert browser.texts("th") == ["Name", "Form"]
    browser.press("ArrowDown", "Enter", "End")
    assert browser.run("return document.getElementById('details').hidden")


def test_states_are_a_click_away(opened):
    opened.press("3")
    assert "RUNNING" in opened.texts(".facet")[0]
    opened.click(".facet")
    assert set(column(opened, 3)) == {"RUNNING"}
    opened.click(".facet")
    assert opened.texts("#told") == ["60 rows"]


# -- sorting ----------------------------------------------------------------------------------------------------------


def sorted_by(browser, title):
    browser.click(f"#head button[title='Sort by {title}']")


def test_numbers_are_sorted_as_numbers(opened):
    opened.press("2")
    sorted_by(opened, "ID")
    assert column(opened, 10)[:12] == [str(number) for number in range(12)]
    sorted_by(opened, "ID")
    assert column(opened, 10)[0] == "59"
    assert opened.texts("th[aria-sort=descending]") == ["ID"]
    sorted_by(opened, "ID")
    assert column(opened, 1)[0] == "RIE"


def test_addresses_are_sorted_as_addresses(opened):
    opened.press("2")
    sorted_by(opened, "Addresses")
    assert column(opened, 5)[:11] == [f"10.0.{number}.0/24" for number in range(11)]


def test_what_has_no_value_comes_last(browser, written):
    rows = [[None], ["b"], [None], ["a"]]
    browser.open(written("gaps", [Sheet("Things", (Column("Name"),), rows)]))
    for expected in (["a", "b", "\u2013", "\u2013"], ["b", "a", "\u2013", "\u2013"]):
        sorted_by(browser, "Name")
        assert column(browser, 1) == expected


def test_a_search_keeps_the_order(opened):
    opened.press("2")
    sorted_by(opened, "VLAN")
    opened.press("/", "dmz1")
    assert column(opened, 4) == ["101", "113", "125", "137", "149"]


# -- keys -------------------------------------------------------------------------------------------------------------


def test_all_by_keys(opened):
    opened.press("2", "/", "alice", "Enter")
    assert focused(opened) == "table"
    opened.press("ArrowDown", "ArrowDown")
    assert opened.texts(f"{CHOSEN} td:first-child") == ["cameras"]
    opened.press("Enter")
    assert opened.texts("#name") == ["Network cameras"]
    opened.press("ArrowUp")
    assert opened.texts("#name") == ["Network academie"]
    opened.press("Escape")
    assert not opened.run("return document.getElementById('details').checkVisibility()")
    opened.press("End")
    assert opened.texts(f"{CHOSEN} td:first-child") == ["windows"]
    opened.press("Home")
    assert opened.texts(f"{CHOSEN} td:first-child") == ["RIE"]
    opened.press("Escape")
    assert opened.texts("#told") == ["60 rows"]


def test_end_and_home_in_a_long_sheet(opened):
    opened.press("2", "/", "Enter", "End")
    assert opened.texts(f"{CHOSEN} td:first-child") == ["windows"]
    seen = "const a = arguments[0], b = document.querySelector(a).getBoundingClientRect(), g = "
    seen += "document.getElementById('grid').getBoundingClientRect(); return b.top >= g.top && b.bottom <= g.bottom"
    assert opened.run(seen, CHOSEN)
    opened.press("PageUp")
    assert opened.run(seen, CHOSEN)
    opened.press("Home")
    assert opened.run(seen, CHOSEN)
    assert opened.run("return document.getElementById('grid').scrollTop") == 0


def test_sheets_by_arrows(opened):
    opened.run("document.querySelector('.tab').focus()")
    opened.press("ArrowRight")
    assert opened.texts(".tab[aria-selected=true]")[0].startswith("Networks")
    opened.press("ArrowLeft", "ArrowLeft")
    assert opened.texts(".tab[aria-selected=true]")[0].startswith("Audit")
    opened.press("ArrowDown")
    assert focused(opened) == "table"


def test_the_keys_are_told(opened):
    opened.press("?")
    assert "light or dark" in opened.texts("#help")[0]
    opened.press("Escape")
    assert not opened.run("return document.getElementById('help').open")


def test_a_header_is_sorted_by_enter(opened):
    opened.run("document.querySelector('#head button').focus()")
    opened.press("Enter", "Enter")
    assert column(opened, 1)[0] == "elise"
    assert opened.run("return document.getElementById('details').hidden")


# -- details, address, theme ------------------------------------------------------------------------------------------


def test_a_row_leads_to_all_that_has_to_do_with_it(opened):
    opened.press("5")
    opened.click(ROWS)
    assert opened.texts("#name")[0].startswith("Lease 10.")
    opened.click("#facts .link")
    assert counts(opened)["Leases"] >= 1
    assert counts(opened)["VMs"] == counts(opened)["Leases"]


def test_the_place_is_kept_in_the_address(opened, address):
    opened.press("2", "/", "dmz owner:ali")
    sorted_by(opened, "VLAN")
    opened.later("const done = arguments[0]; setTimeout(() => done(null), 600)")
    place = opened.run("return location.href")
    before = column(opened, 1)
    opened.open(address)
    assert column(opened, 1)[0] == "alice"
    opened.open(place)
    assert column(opened, 1) == before == ["dmz1", "dmz2", "dmzpriv"]
    assert opened.texts("th[aria-sort=ascending]") == ["VLAN"]


def test_light_and_dark(browser, address):
    browser.open(address)
    light = background(browser)
    browser.prefer("dark")
    dark = background(browser)
    assert light != dark
    browser.press("t")
    assert background(browser) == light
    browser.open(address)
    assert background(browser) == light, "the choice was not kept"
    browser.click("#theme")
    assert background(browser) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read(opened, scheme):
    """By the measure of WCAG, 4.5 to 1."""
    opened.prefer(scheme)
    ratios = opened.run(CONTRASTS, ["h1", ".about", ".tab", ".told", "th button", "td", ".state.bad", ".alarm"])
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


CONTRASTS = """
const pixel = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const parts = colour => {
  pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => [r, g, b].map(each => each / 255)
  .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
  .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
/* What lies under an element, each colour over what is behind it. */
const behind = element => {
  const over = element ? parts(getComputedStyle(element).backgroundColor) : [255, 255, 255, 255], alpha = over[3] / 255;
  const under = alpha < 1 ? behind(element.parentElement) : over;
  return over.slice(0, 3).map((each, at) => each * alpha + under[at] * (1 - alpha));
};
document.querySelectorAll(".tab")[1].click();
return Object.fromEntries(arguments[0].map(name => {
  const element = document.querySelector(name);
  const one = light(parts(getComputedStyle(element).color)), other = light(behind(element));
  return [name, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
}));
"""


def test_where_there_is_little_room(browser, address):
    browser.open(address)
    browser.press("2")
    wide = browser.texts("th")
    browser.resize(600)
    narrow = browser.texts("th")
    assert narrow == ["Network", "Owner", "State", "VLAN", "Addresses", "Leases"]
    assert len(wide) > len(narrow)
    assert browser.run("return document.documentElement.scrollWidth") <= 600
    browser.click(ROWS)
    assert "Driver" in browser.texts("#facts dt")


def test_it_prints_every_row(opened):
    opened.press("2")
    opened.run("dispatchEvent(new Event('beforeprint'))")
    assert len(column(opened, 1)) == 60
    opened.run("dispatchEvent(new Event('afterprint'))")
    assert len(column(opened, 1)) < 60


# -- nothing of a cloud is a part of the page --------------------------------------------------------------------------

HOSTILE = [
    "<img src=x onerror=hit()>",
    "</script><script>hit()</script>",
    "<!--<script>",
    "javascript:hit()",
    "'\"><b>",
]


def test_hostile_names_are_texts(browser, written):
    rows = [[name, name, [name], name] for name in HOSTILE]
    columns = (Column(HOSTILE[0]), Column("State", "state"), Column("Many"), Column("Same"))
    browser.open(written("hostile", [Sheet(HOSTILE[1], columns, rows, HOSTILE[0])], [HOSTILE[0]]))
    browser.run("window.hits = 0; window.hit = () => { window.hits += 1 }")
    assert column(browser, 1) == HOSTILE
    browser.click(ROWS)
    browser.click("#facts .link")
    assert column(browser, 1) == HOSTILE[:1]
    browser.open(browser.run("return location.href.split('#')[0]") + "#x?q=%3Cimg src=x onerror=hit()%3E")
    assert browser.run("return window.hits || 0") == 0
    assert browser.run("return document.querySelectorAll('img, b, #rows script').length") == 0


def test_a_script_that_got_in_would_not_run(opened):
    opened.run(
        "const made = document.createElement('script'); made.textContent = 'window.ran = true';"
        "document.body.append(made);"
        "const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x'; document.body.append(image)"
    )
    assert opened.run("return window.ran === undefined")
    refused = opened.complaints()
    assert len(refused) == 2
    assert all("Content Security Policy" in each for each in refused)


# -- many rows --------------------------------------------------------------------------------------------------------


def test_of_many_rows_few_are_drawn(browser, large):
    number, address = large
    browser.open(address)
    browser.press("2")
    for place in (0, 0.5, 1):
        browser.run("const g = document.getElementById('grid'); g.scrollTop = arguments[0] * g.scrollHeight", place)
        browser.settle()
        assert 10 < len(column(browser, 1)) < 80
    assert places(browser)[-1] == number - 1
    assert browser.texts("#told") == [f"{number:,} rows"]


def places(browser):
    """The places of the rows that are drawn."""
    return browser.run(f"return [...document.querySelectorAll('{ROWS}')].map(each => Number(each.dataset.at))")


def test_rows_stay_where_they_belong_while_scrolling(browser, large):
    browser.open(large[1])
    browser.press("2")
    for way in (35, 700, 420, -350, 280, 5000, -5000, 17000, -400, -20000):
        browser.run("document.getElementById('grid').scrollTop += arguments[0]", way)
        browser.settle()
        drawn = places(browser)
        assert drawn == list(range(drawn[0], drawn[-1] + 1))
        first = browser.run(f"return document.querySelector('{ROWS}').getBoundingClientRect().top")
        top = browser.run(
            "const g = document.getElementById('grid'); return g.getBoundingClientRect().top - g.scrollTop"
        )
        head = browser.run("return document.getElementById('head').getBoundingClientRect().height")
        assert first == pytest.approx(top + head + 35 * drawn[0], abs=1)


def test_every_row_is_reached_by_scrolling(browser, large):
    """Rows have the height that the place of each is reckoned with."""
    number, address = large
    browser.open(address)
    browser.press("2", "/", "Enter", "End")
    assert opened_at(browser) == number - 1
    assert browser.run("return document.querySelector('#rows tr[data-at]').getBoundingClientRect().height") == 35


def opened_at(browser):
    return browser.run(f"return Number(document.querySelector('{CHOSEN}').dataset.at)")


#: What a reader does, by name: a script for each step.
STEPS = {
    "nothing": ["return"],
    "open a sheet": [f"document.querySelectorAll('.tab')[{number}].click()" for number in (2, 3, 4, 5, 0, 1)],
    "search": [
        f"const s = document.getElementById('search'); s.value = '{text}'; s.dispatchEvent(new Event('input'))"
        for text in ("d", "dm", "dmz", "dmz1 a", "")
    ],
    "sort": [f"document.querySelectorAll('#head button')[{number}].click()" for number in range(6)],
    "scroll": [f"document.getElementById('grid').scrollTop += {way}" for way in (35, 70, 140, 280, -70)],
    "jump": [f"const g = document.getElementById('grid'); g.scrollTop = g.scrollHeight * {at} / 9" for at in range(9)],
}


def test_what_it_takes(browser, large, record_property):
    """How long the page computes for what a reader does, for whoever wants to know: milliseconds, the longest step."""
    number, address = large
    browser.chrome("Performance.enable", timeDomain="threadTicks")
    browser.open(address)
    took = {name: max(round(spent(browser, step)) for step in steps) for name, steps in STEPS.items()}
    browser.chrome("Performance.disable")
    print(f"{number} rows:", took)
    record_property(f"milliseconds with {number} rows", took)
    assert counts(browser)["Networks"] == number


def spent(browser, step):
    """What the page's own thread has computed for a step until it was drawn, whatever else the machine did."""

    def so_far():
        metrics = {each["name"]: each["value"] for each in browser.chrome("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"] * 1000

    begun = so_far()
    browser.run(step)
    browser.settle()
    return so_far() - begun
