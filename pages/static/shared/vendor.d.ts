// What our modules use of others and the checker cannot see: three.js comes from npm without types, Plotly as a script,
// and an audio worklet runs in a place of its own.

declare module "three";
declare module "three/addons/*";

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

interface Window {
  Plotly: any;
}
