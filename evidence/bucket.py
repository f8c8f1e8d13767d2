"""Evidence in a bucket of any object store that speaks S3, by settings.STORAGES["evidence"] (KLA_EVIDENCE_STORE).

An object is there whole or not at all, so what the disk needs parts and renames for is one request here. The client
is made on first use: importing boto3 takes longer than starting the rest of the portal.
"""

import base64
import contextlib
import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache, cached_property
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 30, 3
BUFFER = 256 * 1024
GONE = {"404", "NoSuchKey", "NotFound"}


class Away(OSError):
    """The object store does not answer, or not as it should. What was asked for may still be there."""


@deconstructible
class Bucket(Storage):
    """Django's storage over one bucket. `prefix` goes before every name, without slashes at its ends.

    Without keys boto3 looks where it always does (its own variables, the machine's role). `endpoint` '' is Amazon.
    Every method raises Away when the store does not do what it is asked.
    """

    page = 1000  # names in one answer of a listing, the most that S3 gives

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        endpoint: str = "",
        region: str = "",
        access_key: str = "",
        secret_key: str = "",
    ) -> None:
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self.endpoint, self.region = endpoint, region
        self.access_key, self.secret_key = access_key, secret_key

    @cached_property
    def client(self) -> Any:
        from botocore.config import Config

        return _session().client(
            "s3",
            endpoint_url=self.endpoint or None,
            region_name=self.region or None,
            aws_access_key_id=self.access_key or None,
            aws_secret_access_key=self.secret_key or None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                # The body's SHA-256 is part of the signature, which every S3 server checks; a name under the endpoint
                # works with all of them, a host name of its own per bucket does not.
                s3={"payload_signing_enabled": True, "addressing_style": "path" if self.endpoint else "auto"},
                # Newer checksums only where they are asked for: many servers other than Amazon's know none.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def put(self, name: str, file: IO[bytes], *, sha256: str, size: int) -> None:
        """Store `size` bytes that have this hash; what lies under the name is replaced. Returns when the store has said
        that it holds them. Raises Away when it has not, or holds something else."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with _told():
            self.client.put_object(
                Bucket=self.bucket,
                Key=self.prefix + name,
                Body=file,
                ContentLength=size,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=checksum,
                ContentType="application/octet-stream",  # should anybody ever reach it directly, it is shown as nothing
            )
            held = self.client.head_object(Bucket=self.bucket, Key=self.prefix + name, ChecksumMode="ENABLED")
        if held["ContentLength"] != size or held.get("ChecksumSHA256", checksum) != checksum:
            raise Away(f"{name} arrived as {held['ContentLength']} bytes instead of {size}, or with another checksum")

    def get(self, name: str, **asked: str) -> Any:
        """The body of an object as boto3 gives it, read from the network as it is read."""
        return self.client.get_object(Bucket=self.bucket, Key=self.prefix + name, **asked)["Body"]

    def all(self) -> Iterator[tuple[str, int, datetime]]:
        """Name, size and time of everything under the prefix, by name."""
        with _told():
            pages = self.client.get_paginator("list_objects_v2")
            sized = {"PageSize": self.page}
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix, PaginationConfig=sized):
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self.prefix), entry["Size"], entry["LastModified"]

    # --- what Django asks of a storage ------------------------------------------------------------------------------

    def _save(self, name: str, content: File) -> str:
        data = content.read()
        self.put(name, io.BytesIO(data), sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(io.BufferedReader(_Object(self, name, self.size(name)), BUFFER), name)

    def delete(self, name: str) -> None:
        with _told():
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + name)

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        with _told():
            return int(self.client.head_object(Bucket=self.bucket, Key=self.prefix + name)["ContentLength"])


@cache
def _session() -> Any:
    """It reads what it knows of S3 from files, once."""
    import boto3

    return boto3.session.Session()


class _Object(io.RawIOBase):
    """One object, read from wherever it is sought to. Nothing is fetched before the first read."""

    def __init__(self, bucket: Bucket, name: str, size: int) -> None:
        self._bucket, self._name, self._size, self._place = bucket, name, size, 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset != self._place:
            self._drop()
            self._place = start + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        if self._place >= self._size:
            return 0
        with _told():
            if self._body is None:
                asked = {"Range": f"bytes={self._place}-"} if self._place else {}
                self._body = self._bucket.get(self._name, **asked)
            piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the store or the way to it does wrong, as FileNotFoundError or Away."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as fault:
        if str(fault.response.get("Error", {}).get("Code")) in GONE:
            raise FileNotFoundError(str(fault)) from fault
        raise Away(str(fault)) from fault
    except (BotoCoreError, HTTPClientError) as fault:
        raise Away(str(fault)) from fault
