"""Chapter 1: six ways to solve a least-squares problem (about five minutes)."""

import numpy as np
import scipy.linalg

from tools.bench import common


def measure():
    """Time six ways to solve a least-squares problem, against the numbers of parameters and of samples."""
    code = common.tagged_code("01_linear_regression.ipynb", "bench-least-squares", np=np, sla=scipy.linalg)

    def descend(X, y):
        # Gaussian columns have singular values between √n − √p and √n + √p, for which 1/(n + p) is the best fixed rate.
        return code["gradient_descent"](X, y, learning_rate=1 / sum(X.shape))

    methods = {
        "inverse": code["inverse"],
        "Cholesky": code["cholesky"],
        "QR": code["qr"],
        "SVD": code["svd"],
        "conjugate gradients": code["conjugate_gradients"],
        "gradient descent": descend,
    }
    n_fixed, p_values = 8000, [50, 100, 200, 400, 800, 1600, 2400]
    p_fixed, n_values = 200, [1000, 2000, 4000, 8000, 16000, 32000]
    rng = np.random.default_rng(0)

    def times(n, p):
        X, y = rng.normal(size=(n, p)), rng.normal(size=n)
        found = {}
        for name, method in methods.items():
            found[name] = common.seconds(method, X, y)
            print(f"least squares  n = {n:6}  p = {p:5}  {name:20} {found[name]:9.4g} s", flush=True)
        return found

    by_p = [times(n_fixed, p) for p in p_values]
    by_n = [times(n, p_fixed) for n in n_values]
    return {
        "n_fixed": n_fixed,
        "p": p_values,
        "seconds_by_p": {name: [row[name] for row in by_p] for name in methods},
        "p_fixed": p_fixed,
        "n": n_values,
        "seconds_by_n": {name: [row[name] for row in by_n] for name in methods},
    }


def main():
    common.write("least_squares", measure(), ["numpy", "scipy"])
