"""Pages executed without a kernel, in the tests' own process: its imports are done, and there shapes are checked."""

import sys

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from papermill.engines import Engine
from traitlets.config import Config


class InThisProcess(Engine):
    """An engine of papermill's: the cells one after another in a shell of IPython's, and what they put out."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **_):
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        try:
            for number, cell in enumerate(nb_man.nb.cells):
                if cell.cell_type != "code":
                    continue
                nb_man.cell_start(cell, number)
                with capture_output() as told:
                    shell.display_trap.hook = sys.displayhook  # a cell's last value is captured too
                    done = shell.run_cell(cell.source)
                cell.outputs = [
                    nbformat.v4.new_output("display_data", data=one.data, metadata=one.metadata or {})
                    for one in told.outputs
                ]
                if told.stdout:
                    cell.outputs.insert(0, nbformat.v4.new_output("stream", name="stdout", text=told.stdout))
                if error := done.error_before_exec or done.error_in_exec:
                    raise error
                nb_man.cell_complete(cell, number)
        finally:
            shell.restore_sys_module_state()
            InteractiveShell.clear_instance()
