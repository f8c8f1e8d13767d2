"""What a test does to an archive behind the portal's back, on the disk and in a bucket alike."""

from pathlib import Path

from evidence import store


class Held:
    """The archive that the settings name."""

    def names(self) -> set[str]:
        """Everything in it, whatever it is."""
        return {kept.name for kept in store.every()}

    def read(self, sha256: str) -> bytes:
        with store.open_bytes(sha256) as file:
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Something under this name, in the place of what is there."""
        if bucket := store.bucket():
            bucket.client.put_object(Bucket=bucket.bucket, Key=bucket.prefix + name, Body=content)
            return
        path = store.root() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def spoil(self, sha256: str, content: bytes = b"%PDF") -> None:
        """Other bytes under this hash."""
        self.write(store.name_of(sha256), content)

    def parts(self) -> list[Path]:
        """What is on its way, or was left there."""
        return list(store.spool().glob("*.part"))
