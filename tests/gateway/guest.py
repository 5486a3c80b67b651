"""A gateway's minion in a network namespace: masterless, with its own files in the places of the real ones."""

from __future__ import annotations

import json
import pathlib
import shutil
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
#: Folders that are not copied.
SECRETS = ("shadow*", "gshadow*", "sudoers*", "ssh", "private")
#: Folders to which the formula writes, which are copies or empty in the machine.
PLACES = ("/etc", "/run", "/var/lib/misc")
SALT_CALL = "from salt.scripts import salt_call; salt_call()"


class Failed(Exception):
    """A run of Salt has failed; the text is its output."""


class Guest:
    """``salt-call --local`` inside a machine.

    folder
        For its configuration, its cache and its own ``/etc``.
    pillar
        The pillar tree, in which the minion ``cloud`` has the key ``opennebula``.
    context
        The text of OpenNebula's context, where it has one.
    """

    def __init__(self, machine, folder, minion_id, pillar, context=None):
        self.machine, self.folder, self.minion_id = machine, folder, minion_id
        #: Programs that are replaced in the machine, by path.
        self.instead = {}
        shutil.copytree("/etc", folder / "etc", symlinks=True, ignore=shutil.ignore_patterns(*SECRETS))
        # Nothing listens there: other addresses are never used.
        (folder / "etc/resolv.conf").unlink(missing_ok=True)
        (folder / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="utf-8")
        for place in (*PLACES[1:], "/etc/network/if-up.d"):
            (folder / place[1:]).mkdir(parents=True, exist_ok=True)
        self.pristine = self.files()
        if context is not None:
            (folder / "run/one-context").mkdir()
            (folder / "run/one-context/one_env").write_text(context, encoding="utf-8")
        self._configure(pillar)

    def _configure(self, pillar, **more):
        config = {
            "id": self.minion_id,
            "file_client": "local",
            "root_dir": str(self.folder / "salt"),
            "log_level": "error",
            "log_level_logfile": "quiet",
            "enable_fqdns_grains": False,
            "file_roots": {"base": [str(REPOSITORY / "salt" / "states")]},
            "pillar_roots": {"base": [str(pillar)]},
            "module_dirs": [str(REPOSITORY / "salt"), str(REPOSITORY / "tests/gateway/salt")],
            # Beside salt/_states there is salt/states, which Salt would load instead.
            "states_dirs": [str(REPOSITORY / "salt" / "_states")],
            "ext_pillar": [{"onegateway": {"source": "cloud"}}],
            "providers": {"service": "unit_service"},
            **more,
        }
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config/minion").write_text(json.dumps(config), encoding="utf-8")

    def run(self, *command):
        """Run a command inside the machine, with its own files in their places; returns the result."""
        own = {**{place: f"{self.folder}{place}" for place in PLACES}, **self.instead}
        places = "".join(f"mount --bind {source} {place} && " for place, source in own.items())
        return self.machine.run("sh", "-c", f'{places}exec "$@"', "sh", *command, check=False)

    def call(self, *arguments):
        """The return value of a function of Salt, run inside the machine."""
        flags = ("--local", f"--config-dir={self.folder}/config", "--out=json", "--out-indent=-1")
        done = self.run(sys.executable, "-c", SALT_CALL, *flags, *arguments)
        try:
            return json.loads(done.stdout.splitlines()[-1])["local"]
        except (ValueError, KeyError, IndexError):
            raise Failed(f"{arguments}: {done.stdout}{done.stderr}") from None

    def apply(self, sls="gateway", **arguments):
        """The states of a run by their names; raises Failed, with the comments, if one of them has failed."""
        states = self.call("state.apply", sls, *(f"{key}={value}" for key, value in arguments.items()))
        if not isinstance(states, dict):
            raise Failed(str(states))
        named = {each.get("__id__", key): each for key, each in states.items()}
        failed = [f"{name}: {each['comment']}" for name, each in named.items() if each["result"] is False]
        if failed:
            raise Failed("\n".join(failed))
        return states

    def files(self):
        """Every file in the machine's own places, with its content."""
        found = {}
        for place in PLACES:
            for path in sorted((self.folder / place[1:]).rglob("*")):
                if path.is_file() and not path.is_symlink():
                    found[str(path.relative_to(self.folder))] = path.read_bytes()
        return found


def changes(states):
    """The changes of a run, by state."""
    return {each["__id__"]: each["changes"] for each in states.values() if each["changes"]}
