"""What is looked for on an open page: WCAG 2.2 AA by axe, and what axe cannot see.

Sideways scroll at 320 px (1.4.10), targets smaller than 24 px (2.5.8), text cut by wider spacing
(1.4.12), and tables or cards that hide a part of themselves at any width.
"""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDE, PHONE, NARROWEST = 1280, 360, 320
BETWEEN = (1024, 768, 640)
HEIGHT = 900
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")

# What is folded away is looked at too; a `name` lets only one of a group be open.
UNFOLD = """() => {
  for (const each of document.querySelectorAll("details")) {
    each.removeAttribute("name");
    each.open = true;
  }
}"""

# What an open menu covers is pressed only after the menu has closed.
AXE = """async (tags) => {
  const found = await axe.run(document.querySelector(":popover-open") || document, {
    runOnly: tags, resultTypes: ["violations"], preload: false,
    rules: { "target-size": { enabled: true } },
  });
  return found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.html.slice(0, 160)} (${node.failureSummary.split("\\n").slice(1, 3).join(";").trim()})`
  ));
}"""  # noqa: E501

SIDEWAYS = """() => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const over = [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.children.length);
  return [`${wide} px wide, by ${(over[0] || document.body).outerHTML.slice(0, 160)}`];
}"""

# Wider than the window, or than the box that hides the rest of it; what is made to
# scroll (`.scroll-x`: the procedure's sheet, the register before it is printed) takes keys.
HIDDEN = """() => [
    document.documentElement,
    ...document.querySelectorAll(".table-frame:not(.scroll-x), .tasks, .card"),
  ].filter((box) => box.scrollWidth > box.clientWidth + 2)
  .map((box) => `${innerWidth} px: ${box.className || "page"}`)"""

SMALL = """(least) => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary,"
    + " [tabindex='0']";
  const inText = (each) => {
    if (getComputedStyle(each).display !== "inline") return false;
    return each.parentElement.innerText.trim().length > each.innerText.trim().length;
  };
  return [...document.querySelectorAll(all)].filter((each) => {
    if (!each.checkVisibility({ visibilityProperty: true }) || inText(each)) return false;
    const box = each.getBoundingClientRect();
    const off = box.right <= 0 || box.bottom + scrollY <= 0;  // a skip link waits above the page
    return !off && (box.width < least || box.height < least);
  }).map((each) => {
    const box = each.getBoundingClientRect();
    return `${box.width.toFixed(1)} × ${box.height.toFixed(1)}: ${each.outerHTML.slice(0, 160)}`;
  });
}"""

# A sheet made here is no inline style, so a policy against those lets it be.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

CUT = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const style = getComputedStyle(each);
  const hides = [style.overflowX, style.overflowY].some((how) => ["hidden", "clip"].includes(how));
  const text = [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!hides || !text || each.clientWidth <= 1 || !each.checkVisibility()) return false;
  return each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1;
}).map((each) => each.outerHTML.slice(0, 160))"""


def axe(page: Page) -> list[str]:
    """Violations on the page as it stands, a line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE, list(TAGS))
    return found


def look(page: Page, widths: tuple[int, ...] = (WIDE, PHONE)) -> dict[str, list[str]]:
    """All that is wrong with an open page, by what was looked for."""
    page.evaluate(UNFOLD)
    found: dict[str, Any] = {"axe": [], "hidden": []}
    between = BETWEEN if WIDE in widths else ()
    for width in sorted({*widths, *between}, reverse=True):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found["hidden"] += page.evaluate(HIDDEN)
        if width in widths:
            found["axe"] += [f"{width} px: {line}" for line in axe(page)]
    page.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    found["sideways"] = page.evaluate(SIDEWAYS)
    found["small"] = page.evaluate(SMALL, 24)
    page.evaluate(SPACED)
    found["spaced"] = page.evaluate(SIDEWAYS) + page.evaluate(CUT)
    return found
