// Reads codes where the browser has no BarcodeDetector of its own; its wasm is served by us.
export { BarcodeDetector, prepareZXingModule } from 'barcode-detector/ponyfill';
