"""What axe finds wrong with a page for those who read it with the keyboard or a screen reader."""

from typing import Any

from playwright.sync_api import Browser

from tests.fakes.pages import PACKAGES
from zhitong.console.visitor import COOKIE


def serious(chromium: Browser, address: str, cookie: str, path: str, width: int) -> list[str]:
    """Rule and element of what is serious or critical on this page."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="zh-CN", bypass_csp=True)
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    try:
        page = context.new_page()
        page.goto(address + path)
        page.evaluate((PACKAGES / "axe-core/axe.min.js").read_text())
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found: dict[str, Any] = page.evaluate("axe.run()")
        grave = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
        return [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"]]
    finally:
        context.close()
