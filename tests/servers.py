"""Throw-away servers for the tests, and a whole portal made of them.

Each server has a folder of its own under /tmp, a free port on 127.0.0.1 and a random password, and is gone with it.
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import redis

from scripts import processes
from scripts.processes import HOST, Process, free_port

# Speed over safety: nothing in these databases outlives the run.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "log_min_messages": "warning",
}


class Missing(RuntimeError):
    """A program that the tests need is not installed; the message says how to get it."""


def program(name: str, *folders: str) -> Path:
    """Path of a program, looked for in `folders` (glob patterns, highest version first) and then in PATH."""
    for pattern in folders:
        found = sorted(Path("/").glob(pattern.lstrip("/")), key=_version, reverse=True)
        for folder in found:
            if (folder / name).exists():
                return folder / name
    if there := shutil.which(name):
        return Path(there)
    raise Missing(f"{name} is not installed. Run `make test`, which installs what the tests need.")


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


class Postgres:
    """A PostgreSQL cluster that sorts as real ones do (en_US.UTF-8) and belongs to this run alone."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-kla-pg-"))
        self.password = secrets.token_urlsafe(16)
        self.port = free_port()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        initdb = program("initdb", "/usr/lib/postgresql/*/bin")
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        data, password_file = self.folder / "data", self.folder / "password"
        password_file.write_text(self.password)
        if user:
            shutil.chown(self.folder, user, user)
            shutil.chown(password_file, user, user)
        done = subprocess.run(
            [initdb, "-D", data, "-U", "kla", f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8",
             "--locale=en_US.UTF-8", "--no-sync", "--no-instructions"],
            cwd=self.folder, user=user, group=user, extra_groups=[] if user else None,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise Missing(f"initdb failed: {done.stderr}\n`make test` makes a missing locale.")
        self.program, self.user = initdb.with_name("postgres"), user
        self.start()

    def start(self) -> None:
        """Start it; also after `process.kill()`, on the same address with the same data."""
        options = [part for name, value in POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self.process = Process(
            "PostgreSQL",
            [self.program, "-D", self.folder / "data", "-p", str(self.port), *options],
            log=self.folder / "log",
            cwd=self.folder,
            user=self.user,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
        )
        wait(self.process, lambda: self.execute("SELECT 1"), psycopg2.OperationalError)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://kla:{self.password}@{HOST}:{self.port}/{database}"

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        connection = psycopg2.connect(self.url(database), connect_timeout=3)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
        finally:
            connection.close()

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis:
    """A Redis server that keeps nothing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-kla-redis-"))
        self.password = secrets.token_urlsafe(16)
        self.port = free_port()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start it; also after `process.kill()`, on the same address."""
        self.process = Process(
            "Redis",
            [program("redis-server"), "--port", str(self.port), "--bind", HOST, "--requirepass", self.password,
             "--save", "", "--appendonly", "no", "--dir", self.folder],
            log=self.folder / "log",
        )  # fmt: skip
        wait(self.process, lambda: redis.Redis.from_url(self.url()).ping(), redis.ConnectionError)

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/{database}"

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def wait(process: Process, probe, not_yet: type[Exception], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        process.check()
        with contextlib.suppress(not_yet):
            probe()
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{process.name} did not answer within {seconds} s:\n{process.tail()}")
        time.sleep(0.05)


@dataclass
class Portal:
    """A running portal: web server and worker as they run in earnest, with a database and files of their own."""

    base_url: str
    env: dict[str, str]
    var: Path
    port: int
    web: Process = field(init=False)
    worker: Process = field(init=False)

    def start_web(self) -> None:
        self.web = processes.start_web(self.env, self.port, self.var / "log" / "web.log")

    def start_worker(self) -> None:
        """Start a worker; also after `worker.kill()`, to see what a new one makes of the mess."""
        self.worker = processes.start_worker(self.env, self.var / "log" / "worker.log", concurrency=1)

    def manage(self, *commands: str) -> str:
        """Run management commands against this portal's data; return what they printed."""
        return processes.prepare(self.env, ["--quiet", *commands])

    def logs(self) -> str:
        """The last lines of both processes, for the message of a failing test."""
        return f"--- web\n{self.web.tail()}\n--- worker\n{self.worker.tail()}"

    def stop(self) -> None:
        for name in ("web", "worker"):
            if process := getattr(self, name, None):
                process.stop(5)


# What a portal's data is made of before the first test; run once per backend, then copied for each portal.
PREPARATION: Sequence[str] = (
    "migrate --no-input -v 0",
    "collectstatic --no-input -v 0",
    "load_regions",
    "load_instrument",
    "load_results",
    "load_demo",
)


class Embedded:
    """What `make demo` uses: SQLite and a broker of files.

    `shared` is a folder that several processes may name: the first that comes prepares the data, the others take it.
    """

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self.folder = folder
        self.template = (shared or folder) / f"template-{type(self).__name__.lower()}"
        self.template.parent.mkdir(parents=True, exist_ok=True)
        with self.template.with_suffix(".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            ready = self.template.with_suffix(".ready")
            if ready.exists():
                self.take()
            else:
                self.make()
                ready.touch()

    def make(self) -> None:
        """Prepare the data that each portal gets a copy of."""
        processes.prepare(self._env(self.template), PREPARATION)

    def take(self) -> None:
        """Take the data that another process has prepared."""

    def _env(self, var: Path) -> dict[str, str]:
        return processes.demo_environment(var)

    @contextlib.contextmanager
    def data(self) -> Iterator[tuple[Path, dict[str, str]]]:
        """A var folder and an environment whose data is a fresh copy of the template."""
        var = self.folder / f"portal-{secrets.token_hex(4)}"
        shutil.copytree(self.template, var)
        try:
            yield var, self._env(var)
        finally:
            shutil.rmtree(var, ignore_errors=True)

    def stop(self) -> None:
        pass


class Servers(Embedded):
    """What real installations use: PostgreSQL and Redis."""

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self.postgres = Postgres()
        self.redis = Redis()
        self.database = "template_portal"
        self.postgres.execute(f"CREATE DATABASE {self.database}")
        try:
            super().__init__(folder, shared)
        except BaseException:
            self.stop()
            raise

    def make(self) -> None:
        super().make()
        self._transfer("pg_dump", "--format=custom", "--compress=0", f"--file={self._dump}", f"--dbname={self._url}")

    def take(self) -> None:
        self._transfer("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={self._url}", str(self._dump))
        self.postgres.execute("ANALYZE", self.database)

    @property
    def _dump(self) -> Path:
        return self.template.with_suffix(".dump")

    @property
    def _url(self) -> str:
        return self.postgres.url(self.database)

    @staticmethod
    def _transfer(name: str, *arguments: str) -> None:
        subprocess.run([program(name, "/usr/lib/postgresql/*/bin"), *arguments], check=True, stdin=subprocess.DEVNULL)

    def _env(self, var: Path) -> dict[str, str]:
        urls = {"DATABASE_URL": self.postgres.url(self.database), "CELERY_BROKER_URL": self.redis.url()}
        return processes.demo_environment(var, **urls)

    @contextlib.contextmanager
    def data(self) -> Iterator[tuple[Path, dict[str, str]]]:
        name = f"portal_{secrets.token_hex(4)}"
        self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {self.database}")
        redis.Redis.from_url(self.redis.url()).flushall()
        try:
            with super().data() as (var, env):
                yield var, env | {"DATABASE_URL": self.postgres.url(name)}
        finally:
            self.postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self.redis.stop()
        self.postgres.stop()


@contextlib.contextmanager
def running_portal(backend: Embedded) -> Iterator[Portal]:
    """A portal on fresh data that answers, until the block ends."""
    with backend.data() as (var, env):
        port = free_port()
        portal = Portal(base_url=f"http://{HOST}:{port}", env=env, var=var, port=port)
        try:
            portal.start_worker()
            portal.start_web()
            processes.wait_until_ready(portal.base_url, [portal.web, portal.worker])
            yield portal
        finally:
            portal.stop()
