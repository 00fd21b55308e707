from tests.load.nobody import readable_folder as readable_folder
