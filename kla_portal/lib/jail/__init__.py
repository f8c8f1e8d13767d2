"""The child process in which untrusted bytes are opened: the one place where the portal parses what it was sent.

`asking` runs in the portal. The rest runs in the child, by path and under the name `jail`, so that neither Django nor
anything of the portal is loaded there; that is why its imports are relative."""
