#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

static bool is_prime(long n) {
    for (long d = 2; d * d <= n; d++)
        if (n % d == 0) return false;
    return n > 1;
}

static PyObject *count(PyObject *self, PyObject *args) {
    long limit, found = 0;
    if (!PyArg_ParseTuple(args, "l", &limit)) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (long n = 2; n <= limit; n++) found += is_prime(n);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(found);
}

static PyMethodDef methods[] = {
    {"count", count, METH_VARARGS, "How many primes are not above the number."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "primes", NULL, -1, methods};

PyMODINIT_FUNC PyInit_primes(void) { return PyModule_Create(&module); }
