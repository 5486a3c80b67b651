"""A headless browser, driven with WebDriver (W3C) on loopback."""

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
#: These tests use only this machine.
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
#: Keys with the numbers of WebDriver.
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
    """The path of the browser; ``None`` if it is not installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing():
    """Why the browser cannot be driven here; empty if it can."""
    if program() is None:
        return "there is no chromium (make browser-tools)"
    return "" if shutil.which(DRIVER) else f"there is no {DRIVER} (make browser-tools)"


@contextlib.contextmanager
def started():
    """A :class:`Browser`; it is removed with all its data at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="onepage", ignore_cleanup_errors=True) as folder:
        driver = subprocess.Popen(
            [shutil.which(DRIVER), "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # All files of the driver and the browser.
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
        The address of the driver.
    folder
        The folder with the browser's data.
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
        """Send a command; returns its value."""
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
        """Open an address in a new state."""
        self.post("/url", url="about:blank")
        self.post("/url", url=address)

    def run(self, script, *arguments):
        """Run the body of a function in the page; returns its result."""
        return self.post("/execute/sync", script=script, args=arguments)

    def later(self, script, *arguments):
        """The same for a body that calls its last argument with the result."""
        return self.post("/execute/async", script=script, args=arguments)

    def press(self, *keys):
        """Press keys one after the other, by name, or as text."""
        strokes = [stroke for key in keys for stroke in ([KEYS[key]] if key in KEYS else key)]
        actions = [{"type": kind, "value": each} for each in strokes for kind in ("keyDown", "keyUp")]
        self.post("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])
        self.settle()

    def settle(self):
        """Wait until the page has been drawn."""
        self.later("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(null)))")

    def click(self, selector):
        """Click on the first element of a selector."""
        found = self.post("/element", using="css selector", value=selector)
        self.post(f"/element/{next(iter(found.values()))}/click")
        self.settle()

    def texts(self, selector):
        """The texts of the elements of a selector."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)", selector)

    def resize(self, width, height=900):
        """Set the size of the page."""
        self.chrome("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.settle()

    def prefer(self, scheme):
        """Set the colour scheme of the system to ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.chrome("Emulation.setEmulatedMedia", features=features)

    def chrome(self, command, **parameters):
        """A command of Chromium's own protocol."""
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def complaints(self):
        """The messages in the browser's console since the last call."""
        return [each["message"] for each in self.post("/se/log", type="browser")]

    def picture(self, path):
        """Write a screenshot as PNG."""
        answer = self._value(self._http.get(f"{self._address}/screenshot", timeout=60))
        path.write_bytes(base64.b64decode(answer))
