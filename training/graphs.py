"""Changes to a written ONNX graph that do not change what it computes, or hardly."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from live.models.contract import KEY, Contract, read_contract

LARGE = 2**16  # numbers in the weights of a product that is worth quantising
PRODUCTS = {"MatMul": "", "Gemm": "_MatMul"}


def name_outputs(model: Any, contract: Contract) -> None:
    """tf2onnx numbers the outputs in the order of their sorted names; give them those names."""
    for value, name in zip(list(model.graph.output), sorted(contract.outputs), strict=True):
        old = value.name
        for node in model.graph.node:
            node.output[:] = [name if o == old else o for o in node.output]
            node.input[:] = [name if i == old else i for i in node.input]
        value.name = name


def settle(model: Any) -> None:
    """Order and name everything by where the outputs lead, so that the same weights always give
    the same file: tf2onnx's own names and order change from run to run."""
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[Any] = []
    constants: list[Any] = []
    names = {value.name: value.name for value in (*graph.input, *graph.output)}
    waiting = [(value.name, False) for value in reversed(graph.output)]
    placed: set[str] = set()
    while waiting:
        name, are_inputs_placed = waiting.pop()
        if name in placed:
            continue
        if name in tensors:
            placed.add(name)
            names[name] = tensors[name].name = f"constant_{len(constants)}"
            constants.append(tensors[name])
        elif name in makers and not are_inputs_placed:
            waiting.append((name, True))
            waiting += [(read, False) for read in reversed(makers[name].input)]
        elif name in makers:
            node = makers[name]
            placed.update(node.output)
            node.name = f"{node.op_type}_{len(nodes)}"
            for index, output in enumerate(node.output):
                names.setdefault(output, f"value_{len(nodes)}_{index}")
            nodes.append(node)
    for node in nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for field, ordered in ((graph.node, nodes), (graph.initializer, constants)):
        copies = [type(item).FromString(item.SerializeToString()) for item in ordered]
        del field[:]
        field.extend(copies)
    del graph.value_info[:]
    graph.name, graph.doc_string = "notes", ""


def describe(model: Any, contract: Contract) -> None:
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = KEY, contract.to_json()
    model.producer_name = "antiphon"


def redescribe(path: Path, origin: dict[str, Any]) -> None:
    """Add to what a written model says of its origin."""
    import onnx

    model = onnx.load(path)
    known = {p.key: p.value for p in model.metadata_props}
    contract = read_contract(known[KEY])
    described = replace(contract, origin={**contract.origin, **origin})  # type: ignore[type-var]
    describe(model, described)
    onnx.save(model, path)


def quantise(source: Path, path: Path) -> None:
    """Write the model with 8-bit weights in its large products: in a small one, to quantise what
    comes in costs more than it saves.

    Per channel and with reduced range: on processors without VNNI the products of full 8-bit
    numbers overflow.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(source)
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    # What is quantised of a Gemm is the product that it is taken apart into.
    small = [
        node.name + PRODUCTS[node.op_type]
        for node in model.graph.node
        if node.op_type in PRODUCTS and sizes.get(node.input[1], 0) < LARGE
    ]
    quantize_dynamic(
        model, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        op_types_to_quantize=["MatMul"], nodes_to_exclude=small,
    )  # fmt: skip
    quantised = onnx.load(path)
    del quantised.metadata_props[:]
    quantised.metadata_props.extend(model.metadata_props)
    onnx.save(quantised, path)
