import { shortId } from '@wharf/core';
import { escapeControls } from '../../format/escape.js';
import { humanSize } from '../../format/units.js';
import { ellipsis } from '../shared/human.js';

export interface ImageLayer {
  readonly diffId: string;
  /** Bytes of its files. */
  readonly size: number;
  readonly createdBy: string;
}

export interface LayeredImage {
  readonly id: string;
  readonly names: readonly string[];
  /** Bytes of all its layers. */
  readonly size: number;
  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
}

export interface LayerNode {
  readonly layer: ImageLayer;
  /** Those whose topmost layer it is. */
  readonly images: LayeredImage[];
  /** Layers that lie on this one, by diff id. */
  readonly children: Map<string, LayerNode>;
}

type Forest = ReadonlyMap<string, LayerNode>;

/** Stacks that begin with the same layers share them, as they do on disk. */
export function layerForest(images: readonly LayeredImage[]): Forest {
  const roots = new Map<string, LayerNode>();
  for (const image of images) {
    let level = roots;
    let top: LayerNode | undefined;
    for (const layer of image.layers) {
      top = level.get(layer.diffId);
      if (top === undefined) level.set(layer.diffId, (top = newNode(layer)));
      level = top.children;
    }
    top?.images.push(image);
  }
  return roots;
}

function newNode(layer: ImageLayer): LayerNode {
  return { layer, images: [], children: new Map() };
}

interface DrawOptions {
  readonly truncate: boolean;
}

const createdByWidth = 40;

/** One line for each layer, and below the topmost of an image one with its names. */
export function drawLayers(forest: Forest, options: DrawOptions): string {
  const lines: string[] = [];
  const draw = (nodes: Forest, indent: string): void => {
    const list = [...nodes.values()];
    for (const [at, node] of list.entries()) {
      const last = at === list.length - 1;
      lines.push(`${indent}${last ? '└─ ' : '├─ '}${layerText(node, options)}`);
      const below = `${indent}${last ? '   ' : '│  '}`;
      for (const image of node.images) {
        lines.push(`${below}${node.children.size > 0 ? '│' : ' '}  = ${imageText(image, options)}`);
      }
      draw(node.children, below);
    }
  };
  draw(forest, '');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function layerText({ layer }: LayerNode, { truncate }: DrawOptions): string {
  const { diffId, size, createdBy } = layer;
  const by = createdBy.replaceAll(/\s+/g, ' ').trim();
  const shown = truncate ? ellipsis(by, createdByWidth) : by;
  const id = truncate ? shortId(diffId) : diffId;
  return `${id}  ${humanSize(size, 3)}  ${escapeControls(shown)}`;
}

function imageText({ id, names, size }: LayeredImage, { truncate }: DrawOptions): string {
  const shown = names.length === 0 ? '<none>' : names.map(escapeControls).join(', ');
  return `${shown}  ${truncate ? shortId(id) : id}  ${humanSize(size, 3)}`;
}
