"""The C sources of the kernels; `polybench.suite` says what each of them is."""
