"""The child process in which untrusted bytes are opened. Run by path; imports nothing of Django or of the portal."""
