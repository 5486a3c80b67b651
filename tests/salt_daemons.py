"""What pytest-salt-factories runs beside the tests: only on this machine, only with Salt's daemons, never for ever."""

import faulthandler
import os
import sys
import threading
from concurrent.futures import Future
from contextlib import contextmanager

from saltfactories.plugins import log_server
from saltfactories.plugins.event_listener import EventListener

LOOPBACK = "127.0.0.1"
PATIENCE = 30  # seconds that the interpreter has to end when all tests are over


def in_daemon(function):
    """Call `function` in a thread that is a daemon, so that the threads it starts are daemons as well.

    Those of pytest-salt-factories end with ZeroMQ contexts, and a context that is never given back would keep the
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
    """Have the session start no log server by itself: most layers start no daemon of Salt. In time at configuration."""
    plugins.unregister(log_server)


@contextmanager
def logs_collected(plugins):
    """Collect the logs of Salt's daemons meanwhile."""
    server = plugins.get_plugin("saltfactories-log-server")
    server.log_host = LOOPBACK
    in_daemon(server.start)
    yield
    server.stop()


@contextmanager
def events_collected():
    """An event listener that listens meanwhile."""

    def begin():
        listener = EventListener()
        listener.host, listener.address = LOOPBACK, f"tcp://{LOOPBACK}:{listener.port}"
        listener.start()
        return listener

    listener = in_daemon(begin)
    yield listener
    listener.stop()


def end_in_time(status, patience=PATIENCE):
    """Have the interpreter end with `status`, whatever thread some library left behind; say which on standard error."""

    def end():
        print(f"\nThe tests are over, but {patience} s later Python still runs:", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
        os._exit(status)

    watch = threading.Timer(patience, end)
    watch.daemon = True
    watch.start()
