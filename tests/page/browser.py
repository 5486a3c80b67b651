"""A browser without a window, driven by its driver's HTTP interface (W3C WebDriver) on loopback."""

import base64
import contextlib
import os
import re
import shutil
import subprocess
import tempfile

import requests

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
#: Nothing of these tests leaves the machine.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)
#: Keys by WebDriver's numbers.
KEYS = {
    "Escape": "\ue00c",
    "Enter": "\ue007",
    "ArrowDown": "\ue015",
    "ArrowUp": "\ue013",
    "ArrowLeft": "\ue012",
    "ArrowRight": "\ue014",
    "PageDown": "\ue00f",
    "End": "\ue010",
    "Home": "\ue011",
    "Tab": "\ue004",
}


def program():
    """Path of the browser; ``None`` where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing():
    """What keeps a browser from being driven here; empty when nothing does."""
    if program() is None:
        return "there is no chromium (make browser-tools)"
    return "" if shutil.which(DRIVER) else f"there is no {DRIVER} (make browser-tools)"


@contextlib.contextmanager
def started():
    """A :class:`Browser`; it is gone with all it kept once the block is left."""
    with tempfile.TemporaryDirectory(prefix="onepage", ignore_cleanup_errors=True) as folder:
        driver = subprocess.Popen(
            [shutil.which(DRIVER), "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # All that it and the browser leave behind.
            env={**os.environ, "TMPDIR": folder, "HOME": folder},
        )
        try:
            port = next(
                int(found[1]) for line in driver.stdout if (found := re.search(r"successfully on port (\d+)", line))
            )
            browser = Browser(f"http://127.0.0.1:{port}", folder)
            try:
                yield browser
            finally:
                browser.end()
        finally:
            driver.terminate()
            driver.wait(10)
            driver.stdout.close()


class Browser:
    """A session of a browser with one tab.

    address
        The driver's.
    folder
        Where the browser keeps what it keeps.
    """

    def __init__(self, address, folder):
        self._http = requests.Session()
        self._http.trust_env = False
        options = {"binary": program(), "args": [*FLAGS, f"--user-data-dir={folder}"]}
        logs = {"browser": "ALL"}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
        self._address = f"{address}/session"
        self._address += "/" + self.post("", capabilities=wanted)["sessionId"]

    def post(self, path, **body):
        """One command; returns its value."""
        return self._value(self._http.post(f"{self._address}{path}", json=body, timeout=60))

    @staticmethod
    def _value(answer):
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def end(self):
        """Close the browser."""
        self._http.delete(self._address, timeout=60)
        self._http.close()

    def open(self, address):
        """Go to an address, as if nothing had been open before."""
        self.post("/url", url="about:blank")
        self.post("/url", url=address)

    def run(self, script, *arguments):
        """Run a function's body in the page; returns its result."""
        return self.post("/execute/sync", script=script, args=arguments)

    def later(self, script, *arguments):
        """The same for a body that calls its last argument with the result."""
        return self.post("/execute/async", script=script, args=arguments)

    def press(self, *keys):
        """Press keys one after the other, by their names, or as the text that they type."""
        strokes = [stroke for key in keys for stroke in ([KEYS[key]] if key in KEYS else key)]
        actions = [{"type": kind, "value": each} for each in strokes for kind in ("keyDown", "keyUp")]
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])
        self.settle()

    def settle(self):
        """Wait until the page has drawn what it was about to draw."""
        self.later("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(null)))")

    def click(self, selector):
        """Click on the first element of a selector."""
        found = self.post("/element", using="css selector", value=selector)
        self.post(f"/element/{next(iter(found.values()))}/click")
        self.settle()

    def texts(self, selector):
        """What the elements of a selector say."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)", selector)

    def resize(self, width, height=900):
        """Give the page that much room."""
        self.chrome("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.settle()

    def prefer(self, scheme):
        """Let the reader's system be ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.chrome("Emulation.setEmulatedMedia", features=features)

    def chrome(self, command, **parameters):
        """A command of Chromium's own protocol."""
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def complaints(self):
        """What the browser has written to its console since it was asked last."""
        return [each["message"] for each in self.post("/se/log", type="browser")]

    def picture(self, path):
        """Write what is seen as PNG."""
        answer = self._value(self._http.get(f"{self._address}/screenshot", timeout=60))
        path.write_bytes(base64.b64decode(answer))
