"""Pages are correct: links lead somewhere, commands exist and accept their arguments, pillars are valid."""

import importlib
import importlib.util
import inspect
import re

import pytest
import yaml

from onecore.pillar.layers import merge
from onecore.schema import validate
from tests.conftest import REPOSITORY
from tests.pages import PAGES, WRITTEN, anchors, called, commands, declarations, links, toctree

DOCS = REPOSITORY / "docs"
#: The pillar that snippets of pages are parts of.
EXAMPLE = next(
    folder
    for folder in (REPOSITORY / "pillar" / "examples" / "schools", REPOSITORY / "pillar")
    if (folder / "opennebula" / "blueprints" / "eole.sls").is_file()
)

#: What a snippet says in place of the example, and not beside it: one way to log in, the stages of one pipeline.
REPLACED = ("connection", "pipelines")
#: A pillar of its own, with a mistake on purpose, which tests/integration/test_tutorial.py applies.
WHOLE = DOCS / "tutorial.md"
#: Modules of Salt's whose files are called otherwise.
FILES = {"sys": "sysmod", "service": "systemd_service"}

every_page = pytest.mark.parametrize("page", PAGES, ids=[str(each.relative_to(REPOSITORY)) for each in PAGES])


@pytest.fixture(scope="module")
def plugins():
    """{sort: {module: {function: the function}}} of what this project has Salt load."""
    found = {}
    for sort in ("modules", "runners", "states"):
        for path in sorted((REPOSITORY / "salt" / f"_{sort}").glob("[!_]*.py")):
            spec = importlib.util.spec_from_file_location(f"pages_{sort}_{path.stem}", path)
            plugin = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(plugin)
            module = found.setdefault(sort, {}).setdefault(getattr(plugin, "__virtualname__", path.stem), {})
            for name, function in inspect.getmembers(plugin, inspect.isfunction):
                module[getattr(plugin, "__func_alias__", {}).get(name, name)] = function
    return found


@pytest.fixture(scope="module")
def example():
    """All files of the example, merged as Salt merges them."""
    merged = {}
    for path in sorted((EXAMPLE / "opennebula").rglob("*.sls")):
        merged = merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    return merged


@every_page
def test_links_lead_somewhere(page):
    for link in links(page):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link} is not there"
        assert target != WRITTEN and WRITTEN not in target.parents, f"{page.name}: {link} is not there before make site"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link} has no such heading, only {anchors(target)}"


def test_every_page_of_the_site_is_in_its_contents_once():
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in PAGES if DOCS in page.parents}
    named = [name for page in DOCS.rglob("*.md") for name in toctree(page)]
    assert sorted(named) == sorted({*pages, "reference/index"} - {"index"})


@every_page
def test_commands_exist_and_take_what_they_are_given(page, plugins):
    for words in commands(page):
        call = called(words)
        if call is None or "…" in call[1]:
            continue
        sort, name, positional, named = call
        function = _function(plugins, sort, name)
        assert function, f"{page.name}: there is no {name} among the {sort}: {' '.join(words)}"
        try:
            inspect.signature(function).bind(*positional, **named)
        except TypeError as error:
            pytest.fail(f"{page.name}: {' '.join(words)}: {error}")


def _function(plugins, sort, name):
    module, _, function = name.partition(".")
    ours = plugins[sort].get(module)
    if ours and function in ours:
        return ours[function]
    try:
        theirs = importlib.import_module(f"salt.{sort}.{FILES.get(module, module)}")
    except ImportError:
        return None
    return getattr(theirs, function, None) or getattr(theirs, f"{function}_", None)


@every_page
def test_pillars_are_sound(page, example):
    for data in declarations(page):
        shown = data.get("opennebula")
        if isinstance(shown, dict) and page != WHOLE:
            rest = {key: value for key, value in example.items() if key not in REPLACED or key not in shown}
            # A page shows a pillar of its own, or a part of the example.
            faults = validate(shown) and validate(merge(rest, shown))
            assert faults == [], f"{page.name}: {shown}"


@every_page
def test_states_exist_and_take_what_they_are_given(page, plugins):
    for data in declarations(page):
        for name, body in data.items():
            for state, arguments in body.items() if isinstance(body, dict) else ():
                module, _, function = str(state).partition(".")
                if module not in plugins["states"] or not function:
                    continue
                assert function in plugins["states"][module], f"{page.name}: there is no state {state}"
                given = {key: value for each in arguments or [] for key, value in each.items()}
                inspect.signature(plugins["states"][module][function]).bind(**{"name": name, **given})
