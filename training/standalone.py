"""One self-contained file out of the package's own sources, for people who do not have the package.

Starting from the wanted definitions, everything of `dvd_gan` that they use is gathered, each definition as it is
written, those it needs before it. Nothing is kept by hand: the file is made anew for every publication.
"""

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# diffusers' own from_pretrained takes its place: one file brings no hub.py.
DROPPED = {"DVDGANPipeline.from_pretrained"}
REGISTRATION = """
for _network in (DVDGANGenerator, SpatialDiscriminator, TemporalDiscriminator, FrameEncoder):
    setattr(diffusers, _network.__name__, _network)  # where model_index.json says they are
"""

Name = tuple[str, str]
"""A definition: its module and its name there."""


def standalone(module: str, names: list[str], docstring: str) -> str:
    """The source of one file that defines `names` of `module` and needs no file of ours.

    Raises ValueError where the package does what one file cannot: a hidden import of it, or two functions of a name.
    """
    book = _Book()
    for name in names:
        book.add(module, name)
    imports = sorted({*book.imports, "import diffusers"}, key=lambda line: (line.startswith("from"), line))
    bodies = [book.text(definition) for definition in book.order]
    return f'"""{docstring}"""\n\n' + "\n".join(imports) + "\n\n\n" + "\n\n\n".join(bodies) + "\n\n" + REGISTRATION


@dataclass
class _Module:
    """A parsed source file: what it defines, and what each imported name stands for."""

    name: str
    lines: list[str] = field(init=False)
    definitions: dict[str, ast.stmt] = field(init=False, default_factory=dict)
    imported: dict[str, tuple[str, str | None, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        path = ROOT / (self.name.replace(".", "/") + ".py")
        source = path.read_text()
        self.lines = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self.definitions[node.name] = node
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        self.definitions[target.id] = node
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    line = f"from {node.module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                    self.imported[alias.asname or alias.name] = (node.module, alias.name, line)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    line = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                    self.imported[alias.asname or alias.name.split(".")[0]] = (alias.name, None, line)


@dataclass
class _Book:
    """What has been gathered so far; `order` has every definition after those it needs."""

    modules: dict[str, _Module] = field(default_factory=dict)
    order: list[Name] = field(default_factory=list)
    seen: set[Name] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)

    def module(self, name: str) -> _Module:
        if name not in self.modules:
            self.modules[name] = _Module(name)
        return self.modules[name]

    def add(self, module: str, name: str) -> None:
        """Gather a definition, and first what it uses."""
        if (module, name) in self.seen:
            return
        self.seen.add((module, name))
        for _, used in self.uses(module, name):
            self.add(*used)
        self.order.append((module, name))

    def uses(self, module: str, name: str) -> list[tuple[ast.expr, Name]]:
        """Each place in a definition that names another of ours, with what it names; notes foreign imports."""
        source, found, attributes = self.module(module), [], set()
        for node in self.kept(module, name):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and "dvd_gan" in ast.unparse(node):
                raise ValueError(f"{module}.{name} imports the package inside; one file cannot.")
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                home = source.imported.get(node.value.id)
                if home and home[0] == "dvd_gan":
                    attributes.add(node.value)
                    found.append((node, (f"dvd_gan.{home[1]}", node.attr)))
            if isinstance(node, ast.Name) and node not in attributes:
                if node.id in source.definitions and node.id != name:
                    found.append((node, (module, node.id)))
                elif node.id in source.imported:
                    home, original, line = source.imported[node.id]
                    if home.startswith("dvd_gan."):
                        found.append((node, (home, original)))
                    elif home != "dvd_gan":
                        self.imports.add(line)
        return found

    def kept(self, module: str, name: str) -> list[ast.AST]:
        """The nodes of a definition, without those of methods that are dropped; outer ones first."""
        todo, nodes = [self.module(module).definitions[name]], []
        while todo:
            node = todo.pop(0)
            nodes.append(node)
            todo += [c for c in ast.iter_child_nodes(node) if f"{name}.{getattr(c, 'name', '')}" not in DROPPED]
        return nodes

    def text(self, definition: Name) -> str:
        """The definition as written, with names of other modules made plain."""
        module, name = definition
        source = self.module(module)
        lines = list(source.lines)
        node = source.definitions[name]
        uses = self.uses(*definition)
        edits = [(used.lineno, used.col_offset, used.end_col_offset, self.final(home)) for used, home in uses]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and self.final(definition) != name:
            edits.append((node.lineno, 0, len(name), self.final(definition)))
        elif self.final(definition) != name:
            raise ValueError(f"{module}.{name} is also the name of another definition; rename one.")
        for line, start, end, text in sorted(set(edits), reverse=True):
            row = lines[line - 1].encode()
            lines[line - 1] = (row[:start] + text.encode() + row[end:]).decode()
        dropped = set()
        for child in getattr(node, "body", []):
            if f"{name}.{getattr(child, 'name', '')}" in DROPPED:
                dropped |= set(range(_first_line(child), child.end_lineno + 2))
        return "\n".join(lines[n - 1] for n in range(_first_line(node), node.end_lineno + 1) if n not in dropped)

    def final(self, definition: Name) -> str:
        """The name in the one file: its own, or with its module's where two modules use the same."""
        module, name = definition
        if Counter(other for _, other in self.seen)[name] == 1:
            return name
        return f"{name}_OF_{module.rpartition('.')[2].upper()}"


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
