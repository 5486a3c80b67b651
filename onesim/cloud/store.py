"""The storage of a cloud's changes: none (Journal), or a file that survives the process (Store).

Entries have a section (a kind's name, "ACL", "last number", "setting" or "pending"), a key and a value.
"""

import io
import pickle
import sqlite3

FORMAT = 3
_HARMLESS = {("builtins", "set"), ("builtins", "frozenset")}
_UNREADABLE = (pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError)


class StoreError(Exception):
    """The file is not a store, has another version, or is in use."""


class Journal:
    """Stores nothing."""

    is_empty = True

    def put(self, section, key, value):
        """Sets a value with the next commit."""

    def remove(self, section, key):
        """Removes a value with the next commit."""

    def commit(self):
        """Commits the changes since the last commit as one transaction."""

    def close(self):
        """Closes the store."""


class Memory(Journal):
    """Stores everything in this process: committed data are available for another cloud, and for copies."""

    def __init__(self, kept=None):
        self._kept = dict(kept or {})
        self._noted = {}

    @property
    def is_empty(self):
        return not self._kept

    def copy(self):
        """An independent copy."""
        return Memory(self._kept)

    def entries(self, section):
        found = sorted((key[1], value) for key, value in self._kept.items() if key[0] == section)
        return ((key, pickle.loads(value)) for key, value in found)

    def put(self, section, key, value):
        self._noted[section, key] = (value,)

    def remove(self, section, key):
        self._noted[section, key] = None

    def commit(self):
        for key, noted in self._noted.items():
            if noted is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = pickle.dumps(noted[0], pickle.HIGHEST_PROTOCOL)
        self._noted.clear()


class Store(Journal):
    """Stores everything in a SQLite file. Committed data survive if the process is killed."""

    def __init__(self, path):
        self._noted = {}
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
            self._open(path)
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}") from error

    def _open(self, path):
        execute = self._database.execute
        execute("PRAGMA locking_mode=EXCLUSIVE")
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=NORMAL")
        execute("BEGIN IMMEDIATE")
        (version,) = execute("PRAGMA user_version").fetchone()
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version != FORMAT and tables:
            raise StoreError(f"{path}: no store of this version of onesim")
        execute(
            "CREATE TABLE IF NOT EXISTS entry (section TEXT, key, value BLOB, PRIMARY KEY (section, key)) WITHOUT ROWID"
        )
        execute(f"PRAGMA user_version={FORMAT}")
        execute("COMMIT")

    @property
    def is_empty(self):
        """Whether no cloud was stored yet."""
        return self._database.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is None

    def entries(self, section):
        """(key, value) of a section, in the order of keys; raises StoreError."""
        try:
            rows = self._database.execute("SELECT key, value FROM entry WHERE section = ? ORDER BY key", (section,))
            for key, value in rows:
                yield key, _Reader(io.BytesIO(value)).load()
        except (sqlite3.Error, *_UNREADABLE) as error:
            raise StoreError(f"the store is damaged: {error}") from error

    def put(self, section, key, value):
        self._noted[section, key] = (value,)

    def remove(self, section, key):
        self._noted[section, key] = None

    def commit(self):
        if not self._noted:
            return
        gone = [key for key, kept in self._noted.items() if kept is None]
        kept = [(*key, pickle.dumps(kept[0], pickle.HIGHEST_PROTOCOL)) for key, kept in self._noted.items() if kept]
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("DELETE FROM entry WHERE section = ? AND key = ?", gone)
            self._database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", kept)
        self._noted.clear()

    def close(self):
        self.commit()
        self._database.close()


class _Reader(pickle.Unpickler):
    """Reads objects of this package and plain data; a file with any other object is refused."""

    def find_class(self, module, name):
        if (module, name) in _HARMLESS:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith("onesim.") else None
        if not isinstance(found, type) or found.__module__ != module:
            raise StoreError(f"the store holds a {module}.{name}")
        return found
