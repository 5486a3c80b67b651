"""The processes of pytest-salt-factories: only on this machine, only with Salt's daemons, and never endless."""

import faulthandler
import os
import sys
import threading
from concurrent.futures import Future
from contextlib import contextmanager

from saltfactories.plugins import log_server
from saltfactories.plugins.event_listener import EventListener

LOOPBACK = "127.0.0.1"
PATIENCE = 30  # seconds until the interpreter must end after all tests


def in_daemon(function):
    """Call `function` in a daemon thread, so that the threads it starts are daemons as well.

    Those of pytest-salt-factories end with ZeroMQ contexts, and a context that is never released would keep the
    interpreter from ending.
    """
    outcome = Future()

    def run():
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result()


def keep_log_server_waiting(plugins):
    """Prevent the automatic start of a log server: most layers start no daemon of Salt. Called at configuration."""
    plugins.unregister(log_server)


@contextmanager
def logs_collected(plugins):
    """Collect the logs of Salt's daemons during a block."""
    server = plugins.get_plugin("saltfactories-log-server")
    server.log_host = LOOPBACK
    in_daemon(server.start)
    yield
    server.stop()


@contextmanager
def events_collected():
    """Run an event listener during a block."""

    def begin():
        listener = EventListener()
        listener.host, listener.address = LOOPBACK, f"tcp://{LOOPBACK}:{listener.port}"
        listener.start()
        return listener

    listener = in_daemon(begin)
    yield listener
    listener.stop()


def end_in_time(status, patience=PATIENCE):
    """End the interpreter with `status`, even with a remaining thread of a library; report that on standard error."""

    def end():
        print(f"\nThe tests are over, but {patience} s later Python still runs:", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
        os._exit(status)

    watch = threading.Timer(patience, end)
    watch.daemon = True
    watch.start()
