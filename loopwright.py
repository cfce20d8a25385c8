"""The public face of Loopwright: `import loopwright`."""

__version__ = "0.1.0"
