"""A booting VM: the script in its context configures Salt, and a real minion starts with that configuration."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys

MINION = "from salt.scripts import salt_minion; salt_minion()"


class Guest:
    """A machine with its own folder, and a master of pytest-salt-factories on this machine."""

    def __init__(self, master, root):
        self.master, self.root, self.minion = master, root, None
        self.etc, self.tools = root / "etc", root / "bin"
        for folder in (self.etc, self.tools):
            folder.mkdir(parents=True)
        # The script checks for the one, and starts it with the other; here the test starts it.
        for tool in ("salt-minion", "systemctl"):
            (self.tools / tool).write_text("#!/bin/sh\n")
            (self.tools / tool).chmod(0o755)

    def boot(self, context):
        """Run START_SCRIPT_BASE64 like the context packages, and start the minion."""
        script = base64.b64decode(context["START_SCRIPT_BASE64"]).decode()
        path = f"{self.tools}:{os.environ['PATH']}"
        environment = {**context, "PATH": path, "SALT_CONFIG_DIR": str(self.etc)}
        subprocess.run(["sh", "-c", script], env=environment, check=True)
        config = {
            "root_dir": str(self.root),
            "pki_dir": str(self.etc / "pki" / "minion"),
            "master_port": self.master.config["ret_port"],
            "publish_port": self.master.config["publish_port"],
            "acceptance_wait_time": 1,
            "random_reauth_delay": 1,
            "log_file": str(self.root / "minion.log"),
        }
        (self.etc / "minion").write_text(json.dumps(config))
        command = [sys.executable, "-c", MINION, f"--config-dir={self.etc}", "--log-level=quiet"]
        # It starts further processes, which must end with it.
        self.minion = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)

    def power_off(self):
        if self.minion is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.minion.pid, signal.SIGKILL)
            self.minion.wait()
            self.minion = None
