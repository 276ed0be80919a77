"""The last tier: sympy and latex2sympy2_extended, in a process of their own that can be killed."""
