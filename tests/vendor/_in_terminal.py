"""Runs a command in a terminal of 80 columns, types once it shows a text, and prints what happened as JSON.

Usage: _in_terminal.py TEXT KEYS COMMAND...   where KEYS is a JSON string
"""
import fcntl, json, os, pty, select, struct, sys, termios, time

text, keys, command = sys.argv[1].encode(), json.loads(sys.argv[2]).encode(), sys.argv[3:]
deadline = time.monotonic() + 60
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(command[0], command)

shown, typed = b"", False
while True:
    if not typed and text in shown:
        time.sleep(0.1)  # the program may prepare the terminal after it has shown the text
        os.write(terminal, keys)
        typed = True
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
    if not ready:
        os.kill(pid, 9)
    try:
        data = os.read(terminal, 65536)
    except OSError:  # how Linux tells that the program has closed the terminal
        data = b""
    if not data:
        break
    shown += data

_, status = os.waitpid(pid, 0)
code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
print(json.dumps({"shown": shown.decode(errors="replace"), "code": code}))
