"""The commands, each a module or a package; none imports another."""
