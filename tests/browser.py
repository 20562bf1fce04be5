"""Opens the dashboard in headless Chromium: ``python -m tests.browser [--picture FILE]``.

Serves it with ``rtgen-tui web``, sees the run move, swaps the policy with a key and looks whether
the page has changed. Needs ``pip install playwright`` and a Chromium (its path in ``CHROMIUM``).
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_S = 6.0


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def watched(page: Any, folder: Path) -> None:  # noqa: ANN401 - of an optional package
    """Looks at the page. Raises AssertionError: nothing moves, or the key does nothing."""
    time.sleep(WAIT_S)
    page.mouse.click(1200, 300)
    first = page.screenshot(path=str(folder / "first.png"))
    time.sleep(2)
    second = page.screenshot(path=str(folder / "second.png"))
    assert first != second, "nothing moves"
    header = {"x": 0, "y": 0, "width": 1280, "height": 15}
    before = page.screenshot(clip={**header, "x": 440, "width": 90})
    page.keyboard.press("3")
    time.sleep(2)
    assert page.screenshot(clip={**header, "x": 440, "width": 90}) != before, "no swap"


def main() -> int:
    """Returns the exit status; 1: there is no browser."""
    parser = argparse.ArgumentParser(description="Opens the dashboard in headless Chromium.")
    parser.add_argument("--picture", type=Path)
    picture = parser.parse_args().picture
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("needs playwright: pip install playwright")  # noqa: T201
        return 1
    port = free_port()
    command = [sys.executable, "-m", "rtgen_tui", "web", "--port", str(port)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as server,
        sync_playwright() as browsers,
    ):
        try:
            await_server(port)
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = browsers.chromium.launch(executable_path=path, args=OPTIONS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"http://127.0.0.1:{port}/?fontsize=13")
            watched(page, Path(folder))
            if picture is not None:
                page.screenshot(path=str(picture))
            browser.close()
        finally:
            server.terminate()
    print("tiles move, and a key swaps the policy")  # noqa: T201
    return 0


def await_server(port: int) -> None:
    """Until it answers. Raises OSError: it does not."""
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise OSError("the server does not answer")


if __name__ == "__main__":
    sys.exit(main())
