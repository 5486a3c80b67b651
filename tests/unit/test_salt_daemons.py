"""The tests end, even with running threads of a library."""

import subprocess
import sys

LEFT_BEHIND = """
import threading
from tests.salt_daemons import end_in_time, in_daemon
{how}
end_in_time(3, patience=0.1)
"""


def ended(repository, how):
    code = LEFT_BEHIND.format(how=how)
    return subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=False)


def test_a_thread_left_behind_is_shown_and_ended(repository):
    run = ended(repository, "threading.Thread(target=threading.Event().wait, name='stuck').start()")
    assert run.returncode == 3
    assert "Python still runs" in run.stderr and "in wait" in run.stderr


def test_threads_begun_in_a_daemon_hold_up_nothing(repository):
    run = ended(repository, "in_daemon(lambda: threading.Thread(target=threading.Event().wait).start())")
    assert (run.returncode, run.stderr) == (0, "")
