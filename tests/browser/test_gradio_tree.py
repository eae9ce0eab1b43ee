"""The quick searches in Gradio's tree: they answer as Gradio's own do, also once the tree has changed."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.studio_site import Site

TREE = """
const leaf = (id) => ({ id, children: [] });
const root = { id: 1, children: [{ id: 2, children: [leaf(4), leaf(5)] }, { id: 3, children: [leaf(6)] }] };
const { find, byTarget } = await import('/page/assets/gradio_tree.js');
const seen = (...ids) => ids.map((id) => find(root, id)?.id ?? null);
const [two, three] = root.children;
"""


@pytest.fixture
def run(page: Page, site: Site):
    page.goto(f"{site.address}/page/assets/gradio_tree.js")

    def ran(script: str) -> Any:
        return page.evaluate(f"async () => {{ {TREE} {script} }}")

    return ran


def test_every_component_is_found_and_no_other(run):
    assert run("return seen(1, 2, 3, 4, 5, 6, 7)") == [1, 2, 3, 4, 5, 6, None]
    assert run("return find(root, 5) === two.children[1]") is True


def test_what_has_left_the_tree_is_not_found_any_more(run):
    assert run("seen(5); two.children = [two.children[0]]; return seen(4, 5)") == [4, None]
    assert run("seen(5); root.children.shift(); return seen(2, 4, 5, 6)") == [None, None, None, 6]


def test_what_has_come_or_moved_is_found_where_it_is(run):
    assert run("seen(7); three.children = [leaf(7), leaf(6)]; return seen(6, 7)") == [6, 7]
    assert run("const old = find(root, 4); two.children[0] = leaf(4); return find(root, 4) !== old") is True


def test_two_trees_are_kept_apart(run):
    assert run("seen(4); return [find({ id: 9, children: [leaf(4)] }, 5), find(two, 6)]") == [None, None]
    assert run("seen(4); return [find(two, 4).id, find(three, 6).id]") == [4, 6]


def test_a_component_has_its_own_events_in_their_order(run):
    told = run("""
      const events = [{ targets: [[4, 'a'], [5, 'b'], [4, 'c']] }, { targets: [] }, { targets: [[5, 'd']] }];
      const found = byTarget(events);
      return [4, 5, 6].map((id) => found.get(id)?.map((each) => events.indexOf(each)) ?? null);
    """)
    assert told == [[0], [0, 2], None]
