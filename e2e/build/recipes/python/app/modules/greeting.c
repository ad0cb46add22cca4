#include <Python.h>

static PyObject *hello(PyObject *self, PyObject *name) {
    return PyUnicode_FromFormat("hello, %U", name);
}

static PyMethodDef methods[] = {
    {"hello", hello, METH_O, "A greeting by name."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "greeting", NULL, -1, methods};

PyMODINIT_FUNC PyInit_greeting(void) { return PyModule_Create(&module); }
