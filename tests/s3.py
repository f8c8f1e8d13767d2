"""A real S3 server for the tests: moto's, as a process of its own. The portal cannot tell it from Amazon's."""

import shutil
import socket
import tempfile
import uuid
from pathlib import Path
from typing import Any

from evidence.bucket import Bucket
from scripts.processes import BIN, HOST, Process, free_port
from tests.servers import wait


class S3:
    """The server on a free port, without any bucket."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-kla-s3-"))
        self.port = free_port()
        self.endpoint = f"http://{HOST}:{self.port}"
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start it; also after `process.kill()`, on the same address and empty."""
        command = [BIN / "moto_server", "--host", HOST, "--port", str(self.port)]
        self.process = Process("S3", command, log=self.folder / "log", cwd=self.folder)
        wait(self.process, lambda: socket.create_connection((HOST, self.port)).close(), OSError)

    def access(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "region": "ap-southeast-3", "access_key": "uji", "secret_key": "rahasia-uji"}

    def make_bucket(self) -> dict[str, Any]:
        """A fresh bucket; what settings.STORAGES["evidence"] says of it."""
        name = f"uji-{uuid.uuid4().hex[:20]}"
        where = {"LocationConstraint": "ap-southeast-3"}
        Bucket(name, **self.access()).client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return {
            "BACKEND": "evidence.bucket.Bucket",
            "OPTIONS": {"bucket": name, "prefix": "bukti", **self.access()},
        }

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
