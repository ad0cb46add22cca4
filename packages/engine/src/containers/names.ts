import { randomInt } from 'node:crypto';
import { parseContainerName, type ContainerName } from '@wharf/core';

const moods =
  'able agile amber ample brave bright brisk calm candid clear clever cosy crisp daring deft eager early easy fair fleet fond frank fresh gentle glad golden grand hardy honest jolly keen kind lively loyal lucid mellow merry mighty neat nimble noble patient plucky polite proud quick quiet ready rosy serene sharp silver smart smooth snug sober solid spry steady still stout sunny swift tidy tranquil trusty upbeat vivid warm wise witty zesty'.split(
    ' ',
  );

/** People of ships, sea and measurement. */
const surnames =
  'amundsen anning bligh boussole bowditch brunel cabot chichester cook cousteau cunard dampier darwin drake earle ericson fitzroy franklin frobisher fulton galilei gama halley hanno harrison henson heyerdahl hopper hornblower hudson humboldt irving jutland knox kraken lovelace magellan marconi maury mercator mclean nansen nelson newton nobel noether piccard polo ptolemy pytheas raleigh ross scott shackleton slocum somerville tasman tharp thales tristan vancouver vespucci watt weddell wegener zheng'.split(
    ' ',
  );

const tries = 6;

/** A free name such as brisk_tasman; after a few collisions with a digit behind it. */
export function generateName(isTaken: (name: string) => boolean): ContainerName {
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt < tries ? '' : String(randomInt(10 ** Math.min(9, attempt - tries + 1)));
    const name = `${pick(moods)}_${pick(surnames)}${suffix}`;
    if (!isTaken(name)) return parseContainerName(name);
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] as string;
}
